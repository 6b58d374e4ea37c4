/**
 * The specification's invariants under its own names, and what must come about for them to mean anything.
 *
 * `committed` is what a server has delivered: its history as far as lastCommitted.index.
 */
import { type ActionProperty, type Goal, type Invariant, property, type Read, read } from '../../model.js';
import type { Config, Ensemble } from './ensemble.js';
import { type Payload, payloadEqual, type Sid, zxidAfter } from './txns.js';
import type { Proposal } from './variables.js';
import { broadcaster, committedOf, currentOf, isEstablishedLeader, isFollower, learnersOf } from './views.js';

type Delivered = readonly Payload[];

const source = 'Zab.tla';

const pairs = <T>(items: readonly T[]): readonly (readonly [T, T])[] =>
  items.flatMap((a) => items.map((b) => [a, b] as const));

const indexOf = (delivered: Delivered, txn: Payload): number =>
  delivered.findIndex((candidate) => payloadEqual(candidate, txn));

const isPrefixUpToShorter = (a: Delivered, b: Delivered): boolean =>
  a.slice(0, b.length).every((txn, at) => payloadEqual(txn, b[at]!));

/** Whoever delivers `b` delivered `a` before it. */
const inOrderWhereDelivered = (delivered: Delivered, a: Payload, b: Payload): boolean => {
  const at = indexOf(delivered, b);
  return at === -1 || indexOf(delivered.slice(0, at), a) !== -1;
};

export const invariants = (e: Ensemble): readonly Invariant[] => {
  const every = <R>(of: (sid: Sid) => Read<R>): readonly Read<R>[] => e.servers.map(of);
  const committed = every((sid) => read(e.log[sid]!, committedOf));
  const followers = every((sid) => read(e.role[sid]!, isFollower));
  const currentEpochs = every((sid) => read(e.epochs[sid]!, currentOf));
  /** What followers have delivered, one entry a follower. */
  const ofFollowers = (values: readonly (boolean | Delivered)[]): readonly Delivered[] =>
    (values.slice(e.servers.length) as readonly Delivered[]).filter((_, at) => values[at] === true);

  return [
    property({
      name: 'ShouldNotBeTriggered',
      claim:
        'No server meets what the protocol rules out: an unexpected state, proposal, commit, acknowledgement or message.',
      source,
      on: 'state',
      reads: [read(e.violatedInvariants)],
      holds: ([violated]) => Object.values(violated).every((isViolated) => !isViolated),
      explain: ([violated]) => Object.entries(violated).flatMap(([name, is]) => (is ? [name] : [])),
    }),
    property({
      name: 'Leadership1',
      claim: 'At any time an epoch has at most one established leader.',
      source,
      on: 'state',
      reads: [...every((sid) => read(e.role[sid]!, isEstablishedLeader)), ...currentEpochs],
      holds: (values: readonly (boolean | number)[]) => {
        const epochs = e.servers.flatMap((_, at) =>
          values[at] === true ? [values[at + e.servers.length]] : [],
        );
        return new Set(epochs).size === epochs.length;
      },
    }),
    property({
      name: 'Leadership2',
      claim: 'Over all time an epoch has at most one established leader.',
      source,
      on: 'state',
      reads: [read(e.epochLeader)],
      holds: ([leaders]) => Object.values(leaders).every((sids) => sids.length <= 1),
    }),
    property({
      name: 'Integrity',
      claim: 'What a follower delivers, some primary has broadcast.',
      source,
      on: 'state',
      reads: [read(e.proposalMsgsLog), ...followers, ...committed],
      holds: ([proposals, ...rest]) =>
        ofFollowers(rest as readonly (boolean | Delivered)[])
          .flat()
          .every((txn) => proposals.some((p) => payloadEqual(txn, payloadOf(p)))),
    }),
    property({
      name: 'PrefixConsistency',
      claim: 'Of any two delivered sequences, one is a prefix of the other.',
      source,
      on: 'state',
      reads: committed,
      holds: (delivered: readonly Delivered[]) =>
        pairs(delivered).every(([a, b]) => isPrefixUpToShorter(a, b)),
    }),
    property({
      name: 'Agreement',
      claim: 'If one follower delivers a and another delivers b, then one of them delivers both.',
      source,
      on: 'state',
      reads: [...followers, ...committed],
      holds: (values: readonly (boolean | Delivered)[]) =>
        pairs(ofFollowers(values)).every(
          ([f, g]) => f.every((a) => indexOf(g, a) !== -1) || g.every((b) => indexOf(f, b) !== -1),
        ),
    }),
    property({
      name: 'TotalOrder',
      claim: 'If one server delivers a before b, any server that delivers b delivers a before it.',
      source,
      on: 'state',
      reads: committed,
      holds: (delivered: readonly Delivered[]) =>
        pairs(delivered.filter((d) => d.length >= 2)).every(([f, g]) =>
          f.every((b, at) => f.slice(0, at).every((a) => inOrderWhereDelivered(g, a, b))),
        ),
    }),
    ...localPrimaryOrders(e, currentEpochs, committed),
    property({
      name: 'GlobalPrimaryOrder',
      claim: 'A server delivers transactions of an earlier epoch before those of a later one.',
      source,
      on: 'state',
      reads: committed,
      holds: (delivered: readonly Delivered[]) =>
        delivered.every((txns) => txns.every((txn, at) => at === 0 || txns[at - 1]!.zxid[0] <= txn.zxid[0])),
    }),
    primaryIntegrity(e, currentEpochs, committed),
  ];
};

const payloadOf = ({ zxid, data }: Proposal): Payload => ({ zxid, value: data });

/**
 * The specification asks for some pair of transactions in order, and any transaction is in order with itself: its
 * LocalPrimaryOrder cannot fail. Beside it stands the claim meant, over all pairs.
 */
const localPrimaryOrders = (
  e: Ensemble,
  currentEpochs: readonly Read<number>[],
  committed: readonly Read<Delivered>[],
): readonly Invariant[] => {
  const holds =
    (
      enough: (
        pairsOfOne: readonly (readonly [Payload, Payload])[],
        ok: (pair: readonly [Payload, Payload]) => boolean,
      ) => boolean,
    ) =>
    ([proposals, ...rest]: readonly [readonly Proposal[], ...(number | Delivered)[]]): boolean => {
      const delivered = (rest.slice(e.servers.length) as readonly Delivered[]).filter(
        (txns) => txns.length >= 2,
      );
      const inOrder = ([a, b]: readonly [Payload, Payload]): boolean => {
        if (payloadEqual(a, b)) return true;
        const [first, second] = zxidAfter(a.zxid, b.zxid) ? [b, a] : [a, b];
        return delivered.every((txns) => inOrderWhereDelivered(txns, first, second));
      };
      return e.servers.every((primary, at) =>
        Array.from({ length: rest[at] as number }, (_, below) => below + 1).every((epoch) => {
          const broadcast = proposals.filter((p) => p.source === primary && p.epoch === epoch).map(payloadOf);
          return broadcast.length < 2 || enough(pairs(broadcast), inOrder);
        }),
      );
    };
  const reads = [read(e.proposalMsgsLog), ...currentEpochs, ...committed] as const;
  return [
    property({
      name: 'LocalPrimaryOrder',
      claim:
        'Of what a primary broadcast in one epoch, some transactions are delivered in order (as published: vacuous).',
      source,
      on: 'state',
      reads,
      holds: holds((all, inOrder) => all.some(inOrder)),
    }),
    property({
      name: 'LocalPrimaryOrderOfAll',
      claim: 'If a primary broadcasts a before b, whoever delivers b delivered a before it.',
      source: 'Zab, Local primary order',
      on: 'state',
      reads,
      holds: holds((all, inOrder) => all.every(inOrder)),
    }),
  ] as readonly Invariant[];
};

const primaryIntegrity = (
  e: Ensemble,
  currentEpochs: readonly Read<number>[],
  committed: readonly Read<Delivered>[],
): Invariant => {
  const n = e.servers.length;
  type Broadcaster = ReturnType<typeof broadcaster.of>;
  return property({
    name: 'PrimaryIntegrity',
    claim: 'What a follower delivers of earlier epochs, its established leader has delivered too.',
    source,
    on: 'state',
    reads: [
      ...e.servers.map((sid) => read(e.role[sid]!, broadcaster)),
      ...e.servers.map((sid) => read(e.leader[sid]!, learnersOf)),
      ...currentEpochs,
      ...committed,
    ],
    holds: (values: readonly unknown[]) => {
      const roles = values.slice(0, n) as readonly Broadcaster[];
      const learners = values.slice(n, 2 * n) as readonly (readonly Sid[])[];
      const epochs = values.slice(2 * n, 3 * n) as readonly number[];
      const delivered = values.slice(3 * n) as readonly Delivered[];
      const leads = (i: number, j: number): boolean =>
        roles[i]?.state === 'LEADING' &&
        roles[j]?.state === 'FOLLOWING' &&
        roles[j].connectInfo === e.servers[i] &&
        learners[i]!.includes(e.servers[j]!);
      return pairs(e.servers.map((_, at) => at)).every(
        ([i, j]) =>
          !leads(i, j) ||
          delivered[j]!.every((txn) => txn.zxid[0] >= epochs[i]! || indexOf(delivered[i]!, txn) !== -1),
      );
    },
  }) as Invariant;
};

const performed = (name: string): Pick<ActionProperty, 'on' | 'holds'> => ({
  on: 'action',
  holds: (outcome) => outcome.action.name === name,
});

export const goals = (e: Ensemble): readonly Goal[] => {
  const { txns, timeouts, restarts, maxEpoch }: Config = e.config;
  const committed = e.servers.map((sid) => read(e.log[sid]!, committedOf));
  const goal = { source, applicable: true } as const;
  return [
    {
      ...goal,
      name: 'LeaderEstablished',
      claim: 'A follower reaches the broadcast phase.',
      needs: 'nothing',
      ...performed('FollowerProcessCOMMITLD'),
    },
    property({
      ...goal,
      on: 'state',
      name: 'EverybodyDelivers',
      claim: 'All servers have delivered all transactions there may be.',
      needs: 'one transaction',
      applicable: txns >= 1,
      reads: committed,
      holds: (delivered: readonly Delivered[]) => delivered.every((sequence) => sequence.length === txns),
    }),
    property({
      ...goal,
      on: 'state',
      name: 'SecondEpoch',
      claim: 'Two epochs have had a leader.',
      needs: 'a second epoch, and a timeout or a third server',
      applicable: maxEpoch >= 2 && timeouts >= 1,
      reads: [read(e.epochLeader)],
      holds: ([leaders]) => Object.keys(leaders).length >= 2,
    }),
    {
      ...goal,
      name: 'Restarted',
      claim: 'A server restarts.',
      needs: 'one restart, which spends a timeout as well',
      applicable: restarts >= 1 && timeouts >= 1,
      ...performed('Restart'),
    },
  ];
};
