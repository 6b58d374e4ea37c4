/**
 * Bundles the browser's part into dist/traces/web: one script for each sort of page, and the style that they share. Run by
 * `npm run build`; written beside the target and renamed, so that a reader never sees half of one.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = fileURLToPath(new URL('../../dist/traces/web/', import.meta.url));

const write = (name, text) => {
  const temporary = `${target}${name}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, text);
  renameSync(temporary, `${target}${name}`);
};

const bundle = async (name) => {
  const build = await rolldown({
    input: `${here}${name}.tsx`,
    tsconfig: `${here}tsconfig.json`,
    resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
    platform: 'browser',
    // A warning here is a mistake, above all an import of something that no browser has.
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message);
    },
  });
  const { output } = await build.generate({ format: 'iife', minify: true, comments: { legal: false } });
  await build.close();
  // Whoever embeds it in a page must be able to rely on this.
  write(`${name}.js`, output[0].code.replaceAll('</script', '<\\/script'));
};

mkdirSync(target, { recursive: true });
for (const name of ['run', 'report', 'explore']) await bundle(name);
const uplot = readFileSync(createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), 'utf8');
write('style.css', `${uplot}\n${readFileSync(`${here}style.css`, 'utf8')}`);
