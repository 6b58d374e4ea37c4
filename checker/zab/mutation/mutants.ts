/**
 * The mutants: every planted defect, and every small mistake that the operators can make in the compiled handlers and
 * rules. What a search cannot reach is left out, and said to be: a mutant there would survive without meaning anything.
 */
import { defects } from '../../../spec/defects.js';
import { defectBounds } from '../bounds.js';
import { operators } from './operators.js';
import { codeOf, functionsOf } from './source.js';

interface Common {
  readonly name: string;
  readonly summary: string;
}

export interface Planted extends Common {
  readonly kind: 'planted';
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Generated extends Common {
  readonly kind: 'generated';
  /** In the build, `spec/leader.js`. */
  readonly file: string;
  /** Where in the file a run has to come by for it to matter. */
  readonly position: number;
  /** The whole mutated file. */
  readonly text: string;
}

export type Mutant = Planted | Generated;

/** What judges is not mutated: invariants and ghost. Nor are variants and defects, which are mutations already. */
export const mutatedFiles = [
  'config',
  'disk',
  'election',
  'history',
  'leader',
  'learner',
  'reducer',
  'rules',
  'sync',
] as const;

/** Functions that no search of the protocol `zab` runs, by the reason; the tests beside them are their judges. */
export const leftOut: Readonly<Record<string, readonly string[]>> = {
  'keeps the time, and time is no part of the model': ['leaderTick', 'processPING'],
  'serves a window that is shorter than the history': ['leaderLogRead', 'trim'],
  'serves variants alone': [
    'fastForward',
    'hasInHand',
    'hasTurn',
    'hasVotes',
    'joined',
    'learnerCommitTurn',
    'learnerMainTurn',
    'lookingElectionTurn',
    'reloaded',
    'withoutDeferred',
  ],
};

const isLeftOut = (name: string): boolean => Object.values(leftOut).some((names) => names.includes(name));

/** Lines of code that ask what only variants have. */
const ofVariants =
  /committedLog|committedInSync|owesUptodate|committing|racesWithFlush|knowsCommitsBehind|behindNewLeader|acknowledgesUnflushed|deliversProposals|answersProposals|commitsApart|logsSynchronization|takesSynchronized|inHand|eager|defers|receiveQueue|finalizing/;

const lineAt = (text: string, position: number): string =>
  text.slice(text.lastIndexOf('\n', position - 1) + 1, text.indexOf('\n', position));

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
const short = (text: string): string => (text.length > 70 ? `${text.slice(0, 67)}…` : text);

/** All mutants of one file of the build. */
export const mutate = (file: string, text: string): readonly Generated[] => {
  const code = codeOf(text);
  const room = file.replace(/^.*\/|\.js$/g, '');
  return functionsOf(code)
    .filter(({ name }) => !isLeftOut(name))
    .flatMap(({ name, range: [from, to] }) =>
      operators.flatMap((operator) =>
        operator
          .edits(code.slice(from, to), text.slice(from, to))
          .map(({ range: [a, b], to: replacement, matters = a }) => ({
            a: a + from,
            b: b + from,
            replacement,
            position: matters + from,
          }))
          .filter(({ a }) => name === 'zabRules' || !ofVariants.test(lineAt(text, a)))
          .map(({ a, b, replacement, position }, i): Generated => {
            const before = oneLine(text.slice(a, b));
            const shown = before.length < 5 ? oneLine(lineAt(text, a)) : before;
            return {
              kind: 'generated',
              name: `${room}/${name}/${operator.name}-${i + 1}`,
              summary: `${short(shown)} => ${short(oneLine(replacement) || 'nothing')}`,
              file,
              position,
              text: text.slice(0, a) + replacement + text.slice(b),
            };
          }),
      ),
    );
};

export const plantedMutants: readonly Planted[] = defects.map(({ name, summary }) => ({
  kind: 'planted',
  name,
  summary,
  config: { ...defectBounds[name], defect: [name] },
}));
