/** Reports of test vectors: implementations against tiers, what failed, and what a tier would have noticed. */
import pc from 'picocolors';
import type { Kills } from '../traces/conform/vectors/kills.js';
import type { Played, SuiteResult } from '../traces/conform/vectors/play.js';
import { inputText, outputText } from '../traces/conform/explain.js';
import { grouped } from './numbers.js';
import type { Output } from './terminal.js';
import { hanging, table } from './text.js';

/** Failures of one implementation that are shown; --json has all. */
const SHOWN = 3;

const cell = (counts: SuiteResult['tiers'][number]['counts']): string => {
  const parts = Object.entries(counts).flatMap(([verdict, n]) =>
    n > 0 && verdict !== 'passed' ? [`${grouped(n)} ${verdict}`] : [],
  );
  return [`${grouped(counts.passed)} passed`, ...parts].join(', ');
};

export const renderMatrix = (results: readonly SuiteResult[]): string => {
  const tiers = results[0]?.tiers.map(({ tier }) => tier as string) ?? [];
  const rows = results.map(({ adapter, tiers: of }) => [
    `  ${adapter.adapter} ${adapter.version}`,
    ...of.map(({ counts }) => cell(counts)),
  ]);
  return `${table([['', ...tiers], ...rows]).join('\n')}\n`;
};

const failedLines = ({ vector, why, deviation, exchanges }: Played, out: Output): readonly string[] => {
  const { bold } = pc.createColors(out.color);
  const last = exchanges.at(-1);
  const expected = deviation?.rejection.expected.map(outputText) ?? [];
  return [
    bold(`  ${vector.id}  ${vector.covers}`),
    ...(deviation === undefined || last === undefined
      ? hanging('      ', why ?? '', out.columns)
      : [
          ...hanging('      given     ', inputText(last.input), out.columns),
          ...(deviation.at === 'outputs'
            ? [
                ...hanging('      expected  ', expected.join('; ') || 'nothing', out.columns),
                ...hanging('      found     ', last.out.map(outputText).join('; ') || 'nothing', out.columns),
              ]
            : deviation.rejection.differences.flatMap(({ path, from, to }) =>
                hanging(
                  '      observed  ',
                  `${path}: ${JSON.stringify(to)} for ${JSON.stringify(from)}`,
                  out.columns,
                ),
              )),
        ]),
  ];
};

export const renderFailures = (results: readonly SuiteResult[], out: Output): string =>
  results
    .flatMap(({ adapter, tiers }) => {
      const failed = tiers.flatMap(({ open }) => open.filter(({ verdict }) => verdict === 'failed'));
      if (failed.length === 0) return [];
      const more = failed.length > SHOWN ? [`  … and ${grouped(failed.length - SHOWN)} more`] : [];
      return [
        '',
        `${adapter.adapter}:`,
        ...failed.slice(0, SHOWN).flatMap((one) => failedLines(one, out)),
        ...more,
      ];
    })
    .join('\n');

export const renderKills = (kills: readonly Kills[], out: Output): string =>
  [
    'Planted defects that each tier notices',
    ...kills.flatMap(({ tier, of, survivors }) => {
      const head = `  ${tier.padEnd(9)} ${of - survivors.length} of ${of}`;
      return survivors.length === 0 ? [head] : hanging(`${head}; not `, survivors.join(', '), out.columns);
    }),
    '',
  ].join('\n');

export const suiteJson = (results: readonly SuiteResult[], kills: readonly Kills[] | null) => ({
  specification: results[0]?.specification ?? null,
  implementations: results.map(({ adapter, tiers }) => ({
    name: adapter.adapter,
    version: adapter.version,
    tiers: tiers.map(({ tier, counts, seconds, open }) => ({
      tier,
      counts,
      seconds,
      open: open.map(({ vector, verdict, why, deviation }) => ({
        id: vector.id,
        covers: vector.covers,
        verdict,
        why,
        ...(deviation && {
          expected: deviation.rejection.expected,
          found: deviation.rejection.found,
          differences: deviation.rejection.differences,
        }),
      })),
    })),
  })),
  ...(kills && { kills }),
});
