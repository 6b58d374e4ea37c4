/** A conformance run as a page: plain HTML that loads nothing and runs nothing. What an adapter said is escaped. */
import { escapeHtml } from '../page/html.js';
import type { Failure } from './explain.js';
import type { RunResult, TestResult } from './run.js';
import { fieldText } from './text.js';

const STYLE = `:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
pre { overflow-x: auto; padding: .75rem; background: #8881; font-size: 13px; }
.passed { color: #18794e; } .failed { color: #cd2b31; font-weight: 600; } .inconclusive, .not { color: #946800; }`;

const row = (cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
const table = (head: readonly string[], rows: readonly string[]): string =>
  `<table><thead><tr>${head.map((one) => `<th>${one}</th>`).join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;

const testRow = ({ name, summary, verdict, played, why }: TestResult): string =>
  row([
    `<span class="${verdict}">${verdict}</span>`,
    escapeHtml(name),
    escapeHtml(why === undefined ? summary : `${summary}: ${why}`),
    String(played?.actions.length ?? ''),
  ]);

const failureHtml = (name: string, failure: Failure): string =>
  [
    `<h2>${escapeHtml(name)}: server ${failure.sid}</h2>`,
    `<p>It was given ${escapeHtml(failure.input)}. Before, it was ${escapeHtml(failure.before)}. The specification takes: ${escapeHtml(failure.handlers.join(', ') || 'no step')}.</p>`,
    table(
      ['', 'expected', 'found'],
      failure.fields.map((field) => row([escapeHtml(field.path), ...fieldText(field).map(escapeHtml)])),
    ),
    ...failure.guards.map((guard) => `<p>${escapeHtml(guard)}</p>`),
    `<pre>${failure.transcript.map(escapeHtml).join('\n')}</pre>`,
  ].join('\n');

export const conformPage = (
  { adapter, verdict, seed, tests, coverage }: RunResult,
  failures: readonly (readonly [string, Failure])[],
): string => {
  const title = `zab conform: ${adapter.adapter} ${adapter.version}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p><span class="${verdict}">${verdict}</span>, ${tests.length} tests, seed ${seed}</p>
${failures.map(([name, failure]) => failureHtml(name, failure)).join('\n')}
<h2>Tests</h2>
${table(['verdict', 'test', '', 'actions'], tests.map(testRow))}
<h2>Steps of the specification</h2>
${table(
  ['step', 'seen'],
  Object.entries(coverage).map(([label, count]) => row([escapeHtml(label), String(count)])),
)}
</body>
</html>
`;
};
