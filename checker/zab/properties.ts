/**
 * The claims of spec/invariants.ts bound to the slots of the model, and the goals: what must hold always, and what
 * must happen at least once so that nothing holds vacuously.
 */
import { type Config, hasMajority } from '../../spec/config.js';
import type { Ghost, Seen } from '../../spec/ghost.js';
import * as claims from '../../spec/invariants.js';
import type { Server } from '../../spec/server.js';
import { epochOf, type Sid } from '../../spec/zxid.js';
import type { Goal, Invariant, Outcome, Read, StateProperty, View } from '../model.js';
import { property, read } from '../model.js';
import type { ZabOptions } from './options.js';
import type { Budgets, Partitions, Slots } from './slots.js';
import { atRest, broadcasting, delivered, held, leads, type Rest, recoverable, shown } from './views.js';

const ghostView = <K extends keyof Ghost>(key: K) => ({ name: key, of: (ghost: Ghost) => ghost[key] });
const established = ghostView('established');
const broadcast = ghostView('broadcast');
const committed = ghostView('committed');
const electionsLeft = {
  name: 'elections left',
  of: (budgets: Budgets): number | null => budgets.elections ?? null,
};

/** Binds a predicate that returns what offends it: the ghost's parts first, then what every server shows. */
const always = (
  text: { readonly name: string; readonly claim: string; readonly source: string },
  reads: readonly Read<any>[],
  offence: (values: readonly any[]) => unknown,
): StateProperty => ({
  ...text,
  on: 'state',
  reads,
  holds: (values) => offence(values) === null,
  explain: offence,
});

/** The base invariants, in the order in which a state that breaks several reports them. */
export const zabInvariants = (config: Config, slots: Slots, options: ZabOptions): readonly Invariant[] => {
  const through = <R>(view: View<Server | null, R>) =>
    slots.sids.map((sid) => read(slots.server[sid]!, view));
  const [delivering, inBroadcast] = [through(delivered), through(broadcasting)];
  const disks = config.voters.map((sid) => read(slots.disk[sid]!, recoverable));
  const ghost = <K extends keyof Ghost>(view: { name: K; of: (g: Ghost) => Ghost[K] }) =>
    read(slots.ghost, view);
  return [
    always(
      {
        name: 'SingleLeader',
        claim: 'In no epoch is a leader established twice, and no two servers lead in the same epoch.',
        source: "Zab, primary uniqueness; Leadership1 and 2 of ZooKeeper's Zab.tla",
      },
      [ghost(established), ...through(leads)],
      ([leaders, ...rest]) => claims.singleLeader(leaders, rest),
    ),
    always(
      {
        name: 'CommitDurability',
        claim:
          'Whatever is committed is in the initial history of every leader established in a later epoch.',
        source: 'Zab, lemma 12 and primary integrity; CommitCompleteness in the multi-grained specifications',
      },
      [ghost(established), ghost(committed)],
      ([leaders, txns]) => claims.commitDurability(leaders, txns),
    ),
    always(
      {
        name: 'QuorumDurability',
        claim:
          'Whatever is committed can be recovered from the disks of some quorum of voters, at any moment.',
        source: 'Zab, the acknowledgement of a proposal means that it is on disk; ZOOKEEPER-4646',
      },
      [ghost(committed), ...disks],
      ([txns, ...rest]) => claims.quorumDurability(txns, rest),
    ),
    always(
      {
        name: 'PrefixConsistency',
        claim: 'Of any two committed sequences, one is a prefix of the other, restarts included.',
        source: 'Zab, agreement and total order',
      },
      [ghost(committed), ...delivering],
      ([txns, ...rest]) => claims.prefixConsistency(txns, rest),
    ),
    always(
      {
        name: 'Integrity',
        claim:
          'Whatever is committed was broadcast by the primary of its epoch, and nothing is accepted twice.',
        source: 'Zab, integrity',
      },
      [ghost(broadcast), ...through(held)],
      ([txns, ...rest]) => claims.integrity(txns, rest),
    ),
    always(
      {
        name: 'LocalPrimaryOrder',
        claim: 'Of every epoch, what is committed is without gaps, in the order of its primary.',
        source: 'Zab, local primary order',
      },
      [ghost(broadcast), ghost(established), ...delivering],
      ([txns, leaders, ...rest]) => claims.localPrimaryOrder(txns, leaders, rest),
    ),
    always(
      {
        name: 'GlobalPrimaryOrder',
        claim: 'Nothing of an earlier epoch is committed behind something of a later one.',
        source: 'Zab, global primary order',
      },
      delivering,
      (rest) => claims.globalPrimaryOrder(rest),
    ),
    always(
      {
        name: 'CommitConsistency',
        claim: 'A follower in broadcast has committed a prefix of what its leader has.',
        source: 'I-9 of the multi-grained specifications',
      },
      inBroadcast,
      (rest) => claims.commitConsistency(rest),
    ),
    always(
      {
        name: 'HistoryConsistency',
        claim: 'A follower in broadcast has accepted a prefix of what its leader has.',
        source: 'I-10 of the multi-grained specifications; ZOOKEEPER-4712',
      },
      inBroadcast,
      (rest) => claims.historyConsistency(rest),
    ),
    always(
      {
        name: 'AcknowledgedNotLost',
        claim: 'A client is answered only for what is committed.',
        source: 'ZooKeeper, FinalRequestProcessor',
      },
      [read(slots.ghost, ghostView('answeredEarly'))],
      ([zxids]) => claims.acknowledgedNotLost(zxids),
    ),
    always(
      {
        name: 'ObserversDoNotCount',
        claim: 'What is taken for a quorum is one without the observers in it.',
        source: 'ZooKeeper, QuorumMaj; observers have no vote',
      },
      [read(slots.ghost, ghostView('observerQuorums'))],
      ([quorums]) => claims.observersDoNotCount(quorums),
    ),
    {
      name: 'NoUnexpected',
      claim: 'No server receives what a correct peer never sends.',
      source: "ShouldNotBeTriggered of ZooKeeper's Zab.tla; ZOOKEEPER-4394, -4685, -3023",
      on: 'action',
      holds: (outcome) => unexpectedIn(outcome) === undefined,
      explain: unexpectedIn,
    },
    progress(config, slots, options),
  ];
};

const seenIn = (outcome: Outcome): readonly Seen[] => (outcome.observed ?? []) as readonly Seen[];

const unexpectedIn = (outcome: Outcome) => seenIn(outcome).find(({ type }) => type === 'unexpected');

/** What keeps a state in which nothing more can happen from being a good one; null if it is good. */
const unfinished = (
  config: Config,
  servers: readonly Rest[],
  partitions: Partitions,
  elections: number | null,
  rounds: ZabOptions['rounds'],
): unknown => {
  if (rounds !== 'unbounded' && servers.some(({ round }) => round >= rounds)) return null;
  const connected = (a: Sid, b: Sid) =>
    !partitions.some(([x, y]) => x === Math.min(a, b) && y === Math.max(a, b));
  const sids = [...config.voters, ...config.observers];
  const of = (sid: Sid) => servers[sids.indexOf(sid)]!;
  if (!claims.hasConnectedQuorum(config, (sid) => of(sid).shown !== null, connected)) return null;
  const leaders = servers.filter(({ shown: s }) => s?.state === 'LEADING' && s.phase === 'BROADCAST');
  const [leader] = leaders;
  if (leader?.shown == null) return elections === 0 ? null : { noLeader: true };
  if (leaders.length > 1) return { leaders: leaders.map(({ shown: s }) => s?.sid) };
  if (leader.outstanding) return { notCommitted: leader.shown.accepted.slice(leader.shown.committed.length) };
  const { sid: leading, accepted } = leader.shown;
  /** To join, one has to reach the leader, and to elect it the quorum that follows it. */
  const canJoin = (sid: Sid): boolean =>
    connected(sid, leading) &&
    (config.election === 'coarse' ||
      hasMajority(
        config,
        config.voters.filter((voter) => voter !== sid && of(voter).shown !== null && connected(voter, sid)),
      ));
  for (const { shown: server } of servers) {
    if (server === null || server.sid === leading || !canJoin(server.sid)) continue;
    if (server.phase !== 'BROADCAST') return { server: server.sid, phase: server.phase, leader: leading };
    const isCaughtUp =
      server.committed.length === accepted.length && server.accepted.length === accepted.length;
    if (!isCaughtUp) return { server: server.sid, committed: server.committed, leader: leading, accepted };
  }
  return null;
};

const progress = (config: Config, slots: Slots, { rounds }: ZabOptions): Invariant => {
  const bound = property({
    name: 'Progress',
    claim:
      'Where nothing more can happen, no quorum can talk, or one leader is established and all who can reach it have its history.',
    source: 'the terminal states of the fault model',
    reads: [
      read(slots.partitions),
      read(slots.budgets, electionsLeft),
      ...slots.sids.map((sid) => read(slots.server[sid]!, atRest)),
    ] as readonly Read<any>[],
    holds: ([partitions, elections, ...servers]: readonly any[]) =>
      unfinished(config, servers, partitions, elections, rounds) === null,
    explain: ([partitions, elections, ...servers]: readonly any[]) =>
      unfinished(config, servers, partitions, elections, rounds),
  });
  return { ...bound, on: 'terminal' } as Invariant;
};

/** The corollaries: implied by the base, and checked on demand to show it. */
export const zabCorollaries = (_config: Config, slots: Slots): readonly Invariant[] => {
  const delivering = slots.sids.map((sid) => read(slots.server[sid]!, delivered));
  return [
    always(
      {
        name: 'Agreement',
        claim: 'If one server delivers a and another delivers b, then one of them delivers both.',
        source: 'Zab, agreement',
      },
      delivering,
      (rest) => claims.agreement(rest),
    ),
    always(
      {
        name: 'TotalOrder',
        claim: 'If some server delivers a before b, any that delivers b delivers a before it.',
        source: 'Zab, total order',
      },
      delivering,
      (rest) => claims.totalOrder(rest),
    ),
    always(
      {
        name: 'PrimaryIntegrity',
        claim:
          'A primary that broadcasts has in its initial history all that is ever delivered of earlier epochs.',
        source: 'Zab, primary integrity',
      },
      [read(slots.ghost, broadcast), read(slots.ghost, established), read(slots.ghost, committed)],
      ([txns, leaders, all]) => claims.primaryIntegrity(txns, leaders, all),
    ),
  ];
};

/**
 * Link faults that it takes to part a leader from its quorum: one where it may be established with the least quorum,
 * more where all follow it from the start.
 */
const linksToLose = ({ servers, start }: ZabOptions): number =>
  start === 'cold' ? 1 : servers - Math.floor(servers / 2);

/** Whether anybody may give up its leader: in the last round nobody does. All starts are in the first, but for `rejoined`. */
const maySeekAnother = ({ election, rounds, start }: ZabOptions): boolean =>
  election !== 'fle' || rounds === 'unbounded' || rounds > (start === 'rejoined' ? 2 : 1);

/** Whether there are faults enough for a leader to fall while it lives. A lone voter has no link that could break. */
const canFallAlive = (options: ZabOptions): boolean =>
  maySeekAnother(options) &&
  (options.timeouts > 0 ||
    (options.servers > 1 && options.partitions + options.cuts >= linksToLose(options)));

/** A second leader needs the first to die, to lose its links or to lose patience. */
const canChangeLeader = (options: ZabOptions): boolean =>
  maySeekAnother(options) &&
  (options.crashes > 0 || canFallAlive(options)) &&
  (options.election === 'fle' || options.elections === 'unbounded' || options.elections > 1);

export const zabGoals = (config: Config, slots: Slots, options: ZabOptions): readonly Goal[] => {
  const { txns, crashes, partitions, cuts, restarts, observers } = options;
  const started = options.start !== 'cold';
  const survives = options.servers >= 3;
  const cutsLinks = partitions + cuts > 0 && maySeekAnother(options);
  // Of two voters the other has to look for a leader with it.
  const findsLeader = options.servers !== 2 || observers > 0 || maySeekAnother(options);
  const comesBack = (crashes > 0 && restarts !== 0 && findsLeader) || canFallAlive(options);
  const reached = (
    name: string,
    claim: string,
    needs: string,
    applicable: boolean,
    reads: readonly Read<any>[],
    holds: (values: readonly any[]) => boolean,
  ): Goal => ({
    name,
    claim,
    source: 'goals of the specification',
    needs,
    applicable,
    on: 'state',
    reads,
    holds,
  });
  const synchronized = (by: 'DIFF' | 'TRUNC' | 'SNAP', needs: string, applicable: boolean): Goal => ({
    name: by,
    claim: `A learner is synchronized by ${by}.`,
    source: 'ZooKeeper, LearnerHandler.syncFollower',
    needs,
    applicable,
    on: 'action',
    holds: (outcome) => seenIn(outcome).some((one) => one.type === 'synchronized' && one.by === by),
  });
  const servers = slots.sids.map((sid) => read(slots.server[sid]!, shown));
  return [
    reached(
      'Commit',
      'A transaction commits.',
      'txns >= 1',
      txns > 0 || started,
      [read(slots.ghost, committed)],
      ([all]) => all.length > 0,
    ),
    reached(
      'SecondEpochCommits',
      'A transaction of a second epoch commits.',
      'txns >= 1, 3 servers, a fault that changes the leader, elections >= 2',
      txns > 0 && (survives || comesBack) && canChangeLeader(options),
      [read(slots.ghost, committed)],
      ([all]) => all.some((txn: { zxid: number }) => epochOf(txn.zxid) > 1),
    ),
    reached(
      'ForwardedWriteCommits',
      'A transaction commits that came in at a learner.',
      'txns >= 1, 2 servers, clients anywhere',
      txns > 0 && options.servers + observers > 1 && options.clients === 'anywhere',
      [read(slots.ghost, committed), read(slots.ghost, established)],
      ([all, leaders]: readonly any[]) =>
        (all as Ghost['committed']).some(
          ({ zxid, origin }) =>
            !(leaders as Ghost['established'])[epochOf(zxid)]?.some(({ leader }) => leader === origin),
        ),
    ),
    synchronized(
      'DIFF',
      '2 servers; if they start established, one that comes back or a new leader',
      options.servers + observers > 1 &&
        (!started || comesBack || cutsLinks || (survives && canChangeLeader(options))),
    ),
    synchronized(
      'TRUNC',
      'a proposal, 3 servers, a leader that falls with it in hand and comes back, elections >= 2',
      (txns > 0 || options.start === 'established') && survives && comesBack && canChangeLeader(options),
    ),
    synchronized(
      'SNAP',
      'txns >= 1 and a learner that comes late: a third server or an observer; if they start established, a proposal of an old epoch and one of a new',
      started
        ? txns > (options.start === 'established' ? 0 : 1) &&
            survives &&
            comesBack &&
            canChangeLeader(options)
        : txns > 0 && (survives || observers > 0),
    ),
    reached(
      'OldLeaderRejoins',
      'A server that was established as leader is a follower in broadcast in a later epoch.',
      '3 servers, a leader that falls and comes back, elections >= 2',
      survives && comesBack && canChangeLeader(options),
      [read(slots.ghost, established), ...servers],
      ([leaders, ...rest]: readonly any[]) =>
        rest.some(
          (server) =>
            server?.state === 'FOLLOWING' &&
            server.phase === 'BROADCAST' &&
            Object.entries(leaders as Ghost['established']).some(
              ([epoch, all]) =>
                Number(epoch) < server.currentEpoch && all.some(({ leader }) => leader === server.sid),
            ),
        ),
    ),
    reached(
      'ObserverDelivers',
      'An observer delivers a transaction.',
      'observers >= 1, txns >= 1',
      observers > 0 && (txns > 0 || started),
      servers.slice(config.voters.length),
      (rest) => rest.some((server) => server !== null && server.committed.length > 0),
    ),
  ];
};
