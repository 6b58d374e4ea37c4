/** For tests: where the example in Python is, and whether Python is there to run it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('python3 is not installed: the tests of the adapter in Python are skipped');

const script = fileURLToPath(new URL('./python/adapter.py', import.meta.url));

export const pythonAdapter = (bug?: string): string =>
  `python3 ${script}${bug === undefined ? '' : ` --bug ${bug}`}`;

/** A few lines of JavaScript as an adapter: `line(request)` gives the text that is printed for it. */
export const scriptedAdapter = (body: string): string => {
  const program = `
    const hello = { adapter: 'scripted', version: '1', protocol: 1, capabilities: [], observes: [] };
    const line = (m) => { ${body} };
    require('readline').createInterface({ input: process.stdin }).on('line', (text) => {
      const m = JSON.parse(text);
      const out = line(m);
      if (out !== undefined) process.stdout.write(typeof out === 'string' ? out + '\\n' : JSON.stringify({ id: m.id, ...out }) + '\\n');
      if (m.op === 'stop') process.exit(0);
    });`;
  return `${process.execPath} -e ${JSON.stringify(program.replace(/\s+/g, ' ')).replaceAll('$', '\\$').replaceAll('`', '\\`')}`;
};
