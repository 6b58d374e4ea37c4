/**
 * The specification's invariants under its own names.
 *
 * `committed` is what a server has delivered: its history as far as lastCommitted.index.
 */
import { type Invariant, property, type Read, read } from '../../model.js';
import type { Ensemble } from './ensemble.js';
import { type Payload, payloadEqual, type Sid, zxidAfter } from './txns.js';
import type { Proposal } from './variables.js';
import { broadcaster, committedOf, currentOf, isEstablishedLeader, isFollower, learnersOf } from './views.js';

type Delivered = readonly Payload[];

export const source = 'Zab.tla';

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
  const committed = every(e, (sid) => read(e.log[sid]!, committedOf));
  const currentEpochs = every(e, (sid) => read(e.epochs[sid]!, currentOf));
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
    ...leadership(e, currentEpochs),
    ...ofFollowers(e, committed),
    ...ofAll(committed),
    ...localPrimaryOrders(e, currentEpochs, committed),
    primaryIntegrity(e, currentEpochs, committed),
  ];
};

const every = <R>(e: Ensemble, of: (sid: Sid) => Read<R>): readonly Read<R>[] => e.servers.map(of);

const leadership = (e: Ensemble, currentEpochs: readonly Read<number>[]): readonly Invariant[] => [
  property({
    name: 'Leadership1',
    claim: 'At any time an epoch has at most one established leader.',
    source,
    on: 'state',
    reads: [...every(e, (sid) => read(e.role[sid]!, isEstablishedLeader)), ...currentEpochs],
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
];

/** The claims about what followers deliver. */
const ofFollowers = (e: Ensemble, committed: readonly Read<Delivered>[]): readonly Invariant[] => {
  const followers = every(e, (sid) => read(e.role[sid]!, isFollower));
  /** One entry a follower. */
  const deliveries = (values: readonly (boolean | Delivered)[]): readonly Delivered[] =>
    (values.slice(e.servers.length) as readonly Delivered[]).filter((_, at) => values[at] === true);
  return [
    property({
      name: 'Integrity',
      claim: 'What a follower delivers, some primary has broadcast.',
      source,
      on: 'state',
      reads: [read(e.proposalMsgsLog), ...followers, ...committed],
      holds: ([proposals, ...rest]) =>
        deliveries(rest as readonly (boolean | Delivered)[])
          .flat()
          .every((txn) => proposals.some((p) => payloadEqual(txn, payloadOf(p)))),
    }),
    property({
      name: 'Agreement',
      claim: 'If one follower delivers a and another delivers b, then one of them delivers both.',
      source,
      on: 'state',
      reads: [...followers, ...committed],
      holds: (values: readonly (boolean | Delivered)[]) =>
        pairs(deliveries(values)).every(
          ([f, g]) => f.every((a) => indexOf(g, a) !== -1) || g.every((b) => indexOf(f, b) !== -1),
        ),
    }),
  ];
};

/** The claims about what all servers deliver. */
const ofAll = (committed: readonly Read<Delivered>[]): readonly Invariant[] => [
  property({
    name: 'PrefixConsistency',
    claim: 'Of any two delivered sequences, one is a prefix of the other.',
    source,
    on: 'state',
    reads: committed,
    holds: (delivered: readonly Delivered[]) => pairs(delivered).every(([a, b]) => isPrefixUpToShorter(a, b)),
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
  property({
    name: 'GlobalPrimaryOrder',
    claim: 'A server delivers transactions of an earlier epoch before those of a later one.',
    source,
    on: 'state',
    reads: committed,
    holds: (delivered: readonly Delivered[]) =>
      delivered.every((txns) => txns.every((txn, at) => at === 0 || txns[at - 1]!.zxid[0] <= txn.zxid[0])),
  }),
];

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
