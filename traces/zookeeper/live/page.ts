/** How runs of real servers ended: the rows of a table, and a plain page with them that loads nothing and runs nothing. */
import { escapeHtml } from '../../page/html.js';
import type { RealRun } from './conform.js';

export const HEAD: readonly string[] = [
  'scenario',
  'leader',
  'epoch',
  'the write',
  'the client',
  'rejoins by',
  'events judged',
  'breaks',
];

/** One row under that head. */
export const endOf = ({ name, outcome, validation, broken }: RealRun): readonly string[] => [
  name,
  String(outcome?.leader ?? '-'),
  String(outcome?.epoch ?? '-'),
  outcome?.write ?? '-',
  outcome?.client ?? '-',
  outcome?.rejoins ?? '-',
  validation ? `${validation.coverage.events}, ${validation.verdict}` : '-',
  broken.map(({ invariant }) => invariant).join(', ') || '-',
];

const STYLE = `:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
.passed { color: #18794e; } .failed { color: #cd2b31; font-weight: 600; } .inconclusive { color: #946800; }`;

const row = (cells: readonly string[], tag: 'td' | 'th'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;

const rowOf = (run: RealRun): string => {
  const verdict = `<span class="${run.verdict}">${run.verdict}</span>`;
  const notes = [
    run.summary,
    run.why ?? [],
    run.broken.map(({ invariant, why }) => `${invariant}: ${why}`),
  ].flat();
  return row([verdict, ...endOf(run).map(escapeHtml), notes.map(escapeHtml).join('<br>')], 'td');
};

export const realRunsPage = (runs: readonly RealRun[], verdict: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>zab conform zookeeper</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Apache ZooKeeper 3.8.0, held against the specification</h1>
<p><span class="${verdict}">${verdict}</span>, ${runs.length} scenarios</p>
<table><thead>${row(['verdict', ...HEAD, ''], 'th')}</thead><tbody>
${runs.map(rowOf).join('\n')}
</tbody></table>
</body>
</html>
`;
