/**
 * `npm run mutation`: how good the properties are at finding mistakes. Plants every defect and makes every small mistake
 * that the operators know, one at a time, judges each by the standard trials, and prints what killed which. A survivor has
 * to be explained in docs/mutation-score.md; one that is not makes the command fail, as does a protocol that is not
 * correct to begin with. Arguments: a pattern of names; --json FILE for the judgements; --resume FILE keeps every judgement
 * as it is made and makes none twice; --quick for the small trials alone, after which a survivor has not survived much.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildZab } from './model.js';
import { Checkpoint, digestOf } from './mutation/checkpoint.js';
import type { Counts } from './mutation/judge.js';
import { leftOut, type Mutant, mutate, mutatedFiles, plantedMutants } from './mutation/mutants.js';
import { type Judged, likeness, lineOf, rowOf, scoreLines, scores } from './mutation/table.js';
import { Copy, judgeAll, type Standard } from './mutation/trial-run.js';
import { quickTrials, type Trial, trials } from './mutation/trials.js';

const build = fileURLToPath(new URL('../..', import.meta.url));
const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const explanations = `${checkout}docs/mutation-score.md`;

const print = (line = ''): void => void process.stdout.write(`${line}\n`);

const allMutants = (pattern: string): readonly Mutant[] => {
  const generated = mutatedFiles.flatMap((name) =>
    mutate(`spec/${name}.js`, readFileSync(`${build}spec/${name}.js`, 'utf8')),
  );
  return [...plantedMutants, ...generated].filter(({ name }) => new RegExp(pattern).test(name));
};

const printScores = (judged: readonly Judged[]): void => {
  const model = buildZab({});
  const corollaries = ['Agreement', 'TotalOrder', 'PrimaryIntegrity'];
  const invariants = model.invariants.map(({ name }) => name).filter((name) => !corollaries.includes(name));
  print('\nWhat kills');
  for (const line of scoreLines(
    scores([...invariants, ...model.goals.map(({ name }) => name), '(crash)'], judged),
  ))
    print(line);
};

/** @returns the rows that begin an explanation, of the survivors that have none */
const printSurvivors = (judged: readonly Judged[], protocol: readonly Counts[]): readonly string[] => {
  const known = existsSync(explanations) ? readFileSync(explanations, 'utf8') : '';
  const survivors = judged.filter(({ judgement }) => judgement.kind === 'survived');
  print(
    '\nSurvivors: no trial comes by (not run); states as of the protocol (same); others, and all in order (different)',
  );
  for (const { mutant, judgement } of survivors) {
    const mark = known.includes(rowOf(mutant)) ? ' ' : '!';
    print(
      `${mark} ${mutant.name.padEnd(56)} ${String(likeness(judgement, protocol)).padEnd(10)} ${mutant.summary}`,
    );
  }
  return survivors.map(({ mutant }) => rowOf(mutant)).filter((row) => !known.includes(row));
};

/** The protocol itself has to stand the trials; what they count of it, and the code that they come by. */
const standardOf = async (copies: readonly Copy[], chosen: readonly Trial[]) => {
  const queue = chosen.map((trial, index) => ({ trial, index }));
  const standard: (Standard & { readonly counts: readonly Counts[] })[] = [];
  const work = async (copy: Copy): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { judgement, coverage } = await copy.cover(next.trial);
      if (judgement.kind !== 'survived')
        throw new Error(`the protocol itself does not stand its trials: ${JSON.stringify(judgement)}`);
      standard[next.index] = { trial: next.trial, coverage, counts: judgement.counts };
    }
  };
  await Promise.all(copies.map(work));
  return standard;
};

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      jobs: { type: 'string' },
      resume: { type: 'string' },
      quick: { type: 'boolean' },
    },
  });
  const started = performance.now();
  const mutants = allMutants(positionals[0] ?? '');
  const jobs = Number(values.jobs ?? availableParallelism());
  const copies = Array.from({ length: jobs }, () => new Copy(build, `${checkout}node_modules`));
  try {
    const chosen = values.quick ? quickTrials : trials;
    const code = digestOf([`${build}spec`, `${build}checker`], chosen);
    const checkpoint = values.resume === undefined ? null : new Checkpoint(values.resume, code);
    if (checkpoint) print(`${checkpoint.size} judgements of this code are in ${values.resume}.`);
    const standard = await standardOf(copies, chosen);
    const judgements = await judgeAll(copies, mutants, standard, checkpoint, (mutant, judgement, done) =>
      print(`${String(done).padStart(4)}/${mutants.length} ${lineOf({ mutant, judgement })}`),
    );
    const protocol = standard.flatMap(({ counts }) => counts);
    const judged = mutants.map((mutant, i) => ({ mutant, judgement: judgements[i]! }));
    if (values.json)
      writeFileSync(
        values.json,
        JSON.stringify(
          judged.map(({ mutant: { name, summary }, judgement }) => ({
            name,
            summary,
            ...judgement,
            likeness: likeness(judgement, protocol),
          })),
          null,
          1,
        ),
      );
    return report(judged, protocol, (performance.now() - started) / 1000);
  } finally {
    for (const copy of copies) copy.remove();
  }
};

const report = (judged: readonly Judged[], protocol: readonly Counts[], seconds: number): number => {
  printScores(judged);
  const unexplained = printSurvivors(judged, protocol);
  const killed = judged.filter(({ judgement }) => judgement.kind !== 'survived').length;
  print('\nLeft out:');
  for (const [why, names] of Object.entries(leftOut)) print(`  ${names.join(', ')}: ${why}`);
  print(`\n${killed} of ${judged.length} mutants killed in ${Math.round(seconds)} s.`);
  if (unexplained.length > 0) print('Not explained in docs/mutation-score.md:');
  for (const row of unexplained) print(`${row} why it survives |`);
  return unexplained.length > 0 ? 1 : 0;
};

process.exitCode = await main();
