/** The report of `zab conform --check-adapter`: what an adapter does of the protocol, part by part. */
import pc from 'picocolors';
import type { AdapterCheck, CheckedPart } from '../traces/conform/check.js';
import type { Output } from './terminal.js';
import { hanging } from './text.js';

const VERDICT = {
  passed: 'PASSED',
  failed: 'FAILED',
} as const;

export const renderAdapterCheck = ({ verdict, adapter, parts }: AdapterCheck, out: Output): string => {
  const { bold, dim, green, red, yellow } = pc.createColors(out.color);
  const marks = { passed: green('✔'), failed: red('✘'), 'not supported': yellow('–') };
  const lineOf = ({ name, verdict: of, detail }: CheckedPart): readonly string[] => {
    const head = `  ${marks[of]} ${name}`;
    if (detail === undefined) return [head];
    if (of === 'not supported') return [`${head}${dim(`: not supported (${detail})`)}`];
    return [head, ...detail.split('\n').flatMap((line) => hanging('      ', line.trimEnd(), out.columns))];
  };
  const title =
    adapter === null
      ? bold('The adapter')
      : `${bold('The adapter')} of ${adapter.adapter} ${adapter.version}`;
  const failed = parts.filter((part) => part.verdict === 'failed').length;
  const unsupported = parts.filter((part) => part.verdict === 'not supported').length;
  const word = verdict === 'passed' ? green(bold(VERDICT.passed)) : red(bold(VERDICT.failed));
  const sum =
    verdict === 'passed'
      ? `the adapter keeps to the protocol${unsupported > 0 ? `; ${unsupported} parts are not supported` : ''}.`
      : `${failed} of ${parts.length} parts; nothing was said about its server yet.`;
  return [title, '', ...parts.flatMap(lineOf), '', `${word}: ${sum}`, ''].join('\n');
};
