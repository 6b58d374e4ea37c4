/**
 * Two-phase commit, after Gray & Lamport, "Consensus on Transaction Commit", and their TLA+ specification TwoPhase.
 *
 * Messages are never removed: `msgs` is a set that only grows, so that sending again changes nothing and a message may
 * be received again. Everything about one resource manager is in one slot: its own state, whether it has sent Prepared,
 * and whether the transaction manager has heard so (tmPrepared). The manager's slot is its state alone, because Commit
 * is in `msgs` exactly when the manager has committed, and Abort when it has aborted; only the planted defect needs to
 * tell the two apart. The states are in one-to-one correspondence with those of the TLA+ specification.
 */
import { z } from 'zod';
import type { ModelDefinition, Preset } from '../definition.js';
import { scalar } from '../kinds.js';
import {
  type Action,
  apply,
  type Goal,
  type Group,
  group,
  type Invariant,
  type Kind,
  type Model,
  type Outcome,
  property,
  put,
  read,
  type Slot,
  type View,
} from '../model.js';

interface ResourceManager {
  readonly state: 'working' | 'prepared' | 'committed' | 'aborted';
  /** Where its message Prepared has got to. */
  readonly vote: 'none' | 'sent' | 'received';
}

type TransactionManager = 'init' | 'committed' | 'aborted';

type Change = Partial<ResourceManager>;

const resourceManager: Kind<ResourceManager, Change> = {
  name: 'resource manager',
  apply: (self, change) => ({ ...self, ...change }),
};

const transactionManager = scalar<TransactionManager>('transaction manager');

const received: View<ResourceManager, boolean> = { name: 'received', of: ({ vote }) => vote === 'received' };
const undecided: View<TransactionManager, boolean> = { name: 'undecided', of: (state) => state === 'init' };
const decision: View<ResourceManager, 'committed' | 'aborted' | null> = {
  name: 'decision',
  of: ({ state }) => (state === 'committed' || state === 'aborted' ? state : null),
};

type ManagerSlot = Slot<ResourceManager, Change>;
type CoordinatorSlot = Slot<TransactionManager>;

/** What can happen at one resource manager, or at the transaction manager because of it. */
const participantGroup = (index: number, rm: ManagerSlot, tm: CoordinatorSlot): Group =>
  group({
    name: `resource manager ${index}`,
    urgency: 'progress',
    reads: [read(rm), read(tm)],
    outcomes: ([self, coordinator]) => {
      const outcomes: Outcome[] = [];
      const may = (name: string, change: Change): void => {
        const action: Action = { name, rm: index };
        outcomes.push({ action, writes: [apply(rm, change)] });
      };
      if (coordinator === 'init' && self.vote !== 'none') may('TMRcvPrepared', { vote: 'received' });
      if (self.state === 'working') may('RMPrepare', { state: 'prepared', vote: 'sent' });
      if (self.state === 'working') may('RMChooseToAbort', { state: 'aborted' });
      if (coordinator === 'committed') may('RMRcvCommitMsg', { state: 'committed' });
      if (coordinator === 'aborted') may('RMRcvAbortMsg', { state: 'aborted' });
      return outcomes;
    },
  });

const decides = (name: string, tm: CoordinatorSlot, state: TransactionManager): readonly Outcome[] => [
  { action: { name }, writes: [put(tm, state)] },
];

const decisions = (
  managers: readonly ManagerSlot[],
  tm: CoordinatorSlot,
  defect: string,
): readonly Group[] => {
  // The planted defect: the manager commits without waiting for its first participant.
  const awaited = defect === 'commit-early' ? managers.slice(1) : managers;
  const isUndecided = read(tm, undecided);
  return [
    group({
      name: 'commit',
      urgency: 'progress',
      when: [isUndecided, ...awaited.map((rm) => read(rm, received))],
      reads: [],
      outcomes: () => decides('TMCommit', tm, 'committed'),
    }),
    group({
      name: 'abort',
      urgency: 'progress',
      when: [isUndecided],
      reads: [],
      outcomes: () => decides('TMAbort', tm, 'aborted'),
    }),
  ];
};

const SOURCE = 'Gray & Lamport, Consensus on Transaction Commit (2006), section 3; TLA+ module TCommit';

const consistent = (managers: readonly ManagerSlot[]): Invariant =>
  property({
    name: 'TCConsistent',
    claim: 'No resource manager has committed while another has aborted.',
    source: SOURCE,
    on: 'state',
    reads: managers.map((rm) => read(rm, decision)),
    holds: (decided) => !(decided.includes('committed') && decided.includes('aborted')),
  });

const all = (managers: readonly ManagerSlot[], state: 'committed' | 'aborted'): Goal =>
  property({
    name: `all-${state}`,
    claim: `Every resource manager has ${state}.`,
    source: SOURCE,
    needs: 'nothing',
    applicable: true,
    on: 'state',
    reads: managers.map((rm) => read(rm, decision)),
    holds: (decided) => decided.every((one) => one === state),
  });

const schema = z.strictObject({
  participants: z.number().int().min(1).max(20).default(7).describe('number of resource managers'),
  defect: z.enum(['none', 'commit-early']).default('none').describe('a planted defect'),
});

const build = (config: Readonly<Record<string, unknown>>): Model => {
  const parsed = schema.parse(config);
  const tm: CoordinatorSlot = { name: 'tm', kind: transactionManager, initial: 'init' };
  const managers = Array.from(
    { length: parsed.participants },
    (_, index): ManagerSlot => ({
      name: `rm${index + 1}`,
      kind: resourceManager,
      initial: { state: 'working', vote: 'none' },
    }),
  );
  return {
    name: 'two-phase-commit',
    config: parsed,
    slots: [tm, ...managers],
    groups: [
      ...managers.map((rm, index) => participantGroup(index + 1, rm, tm)),
      ...decisions(managers, tm, parsed.defect),
    ],
    invariants: [consistent(managers)],
    goals: [all(managers, 'committed'), all(managers, 'aborted')],
    actions: [
      'TMRcvPrepared',
      'TMCommit',
      'TMAbort',
      'RMPrepare',
      'RMChooseToAbort',
      'RMRcvCommitMsg',
      'RMRcvAbortMsg',
    ],
  };
};

const preset = (participants: number, distinct: number, generated: number, suite: boolean): Preset => ({
  name: `participants-${participants}`,
  summary: `${participants} resource managers`,
  config: { participants },
  suite,
  pinned: { distinct, generated, depth: 3 * participants + 1 },
});

export const twoPhaseCommit: ModelDefinition = {
  name: 'two-phase-commit',
  summary: 'Two-phase commit, as Gray and Lamport specify it in TLA+',
  schema,
  presets: [
    preset(3, 288, 1146, true),
    preset(5, 8832, 58146, true),
    preset(7, 296448, 2744706, true),
    preset(9, 10340352, 123558402, false),
  ],
  variants: [],
  defects: [
    {
      name: 'commit-early',
      summary: 'the transaction manager commits without hearing from its first resource manager',
      invariant: 'TCConsistent',
    },
  ],
  scenarios: [],
  build,
};
