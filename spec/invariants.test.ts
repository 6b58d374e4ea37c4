import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defects } from './defects.js';
import { EMPTY_GHOST } from './ghost.js';
import * as invariants from './invariants.js';
import type { Shown } from './invariants.js';
import { configOf, Ensemble, effectsOf, offencesOf, txn, txns } from './testing.js';
import type { Step } from './step.js';

const runOf = (planted: fc.Arbitrary<readonly string[]>) =>
  fc.record({
    planted,
    election: fc.constantFrom('fle' as const, 'coarse' as const),
    persistence: fc.constantFrom('sync' as const, 'async' as const),
    choices: fc.array(fc.nat(), { minLength: 50, maxLength: 400, size: 'max' }),
  });

const unexpectedIn = (taken: Step) =>
  effectsOf(taken, 'observe').filter(({ observation }) => observation.type === 'unexpected');

const offended = (offences: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(offences).filter((name) => offences[name] !== null);

/** Shrinking takes minutes: for a shorter run, replay the seed without this. */
const noShrinking = { endOnFailure: true };

test('the protocol as it should be keeps its invariants after every event, and expects all that it receives', () => {
  fc.assert(
    fc.property(runOf(fc.constant([])), ({ election, persistence, choices }) => {
      const ensemble = new Ensemble(configOf({ observers: 1, election }), {
        persistence,
        requests: 9,
        onStep: (_before, _event, taken) => expect(unexpectedIn(taken)).toEqual([]),
      });
      for (const choice of choices) {
        ensemble.choose(choice);
        expect(offended(offencesOf(ensemble).base)).toEqual([]);
      }
    }),
    { numRuns: 40, ...noShrinking },
  );
});

test('where a corollary is violated, whatever is wrong with the protocol, a base invariant is as well', () => {
  const violated = new Set<string>();
  const some = fc.subarray(
    defects.map(({ name }) => name),
    { minLength: 1, maxLength: 3 },
  );
  // A third of the runs with it violate a corollary, of the others one in fifty: were they all drawn alike, one test in
  // twenty would see none at all.
  const half = fc.oneof(
    some,
    some.map((names) => [...new Set([...names, 'recovery-skips-first'])]),
  );
  fc.assert(
    fc.property(runOf(half), ({ planted, election, persistence, choices }) => {
      const ensemble = new Ensemble(configOf({ observers: 1, election, defects: planted }), {
        persistence,
        requests: 9,
      });
      for (const choice of choices) {
        ensemble.choose(choice);
        const { base, corollaries } = offencesOf(ensemble);
        const broken = offended(corollaries);
        for (const name of broken) violated.add(name);
        if (broken.length > 0) expect(offended(base), broken.join()).not.toEqual([]);
        // Servers that disagree may break each other's assumptions next.
        if (broken.length > 0) return;
      }
    }),
    { numRuns: 80, ...noShrinking },
  );
  expect(violated.size).toBeGreaterThan(0);
});

// --- by hand: each predicate on the empty world, and on the smallest that it must refuse

const { established, broadcast, committed, answeredEarly, observerQuorums } = EMPTY_GHOST;

test('nothing offends on the empty world, with all servers down or just started', () => {
  const down = [null, null, null];
  const { base, corollaries } = offencesOf(new Ensemble(configOf({ observers: 1 })));
  expect([...offended(base), ...offended(corollaries)]).toEqual([]);
  expect([
    invariants.singleLeader(established, down),
    invariants.commitDurability(established, committed),
    invariants.quorumDurability(committed, [[], [], []]),
    invariants.prefixConsistency(committed, down),
    invariants.integrity(broadcast, down),
    invariants.localPrimaryOrder(broadcast, established, down),
    invariants.globalPrimaryOrder(down),
    invariants.commitConsistency(down),
    invariants.historyConsistency(down),
    invariants.acknowledgedNotLost(answeredEarly),
    invariants.observersDoNotCount(observerQuorums),
    invariants.agreement(down),
    invariants.totalOrder(down),
    invariants.primaryIntegrity(broadcast, established, committed),
  ]).toEqual(Array(14).fill(null));
});

/** A follower in broadcast in epoch 2, unless told otherwise; it has accepted what it has committed. */
const server = (sid: number, delivered: string, rest: Partial<Shown> = {}): Shown => ({
  sid,
  state: 'FOLLOWING',
  phase: 'BROADCAST',
  acceptedEpoch: 2,
  currentEpoch: 2,
  accepted: txns(delivered),
  committed: txns(delivered),
  ...rest,
});
const leader = (sid: number, delivered: string, rest: Partial<Shown> = {}) =>
  server(sid, delivered, { state: 'LEADING', ...rest });

describe('offends', () => {
  const led = (by: number, initial = '') => ({ leader: by, history: txns(initial) });
  const proposed = { 1: txns('1:1 1:2 1:3'), 2: txns('2:1') };

  test.each([
    [
      'SingleLeader: two establishments of an epoch, of one server even',
      invariants.singleLeader({ 2: [led(1), led(1)] }, []),
    ],
    [
      'SingleLeader: two leaders in one epoch, established or not',
      invariants.singleLeader({}, [leader(1, ''), leader(2, '', { phase: 'SYNCHRONIZATION' })]),
    ],
    [
      'CommitDurability: a later leader that starts without what is committed',
      invariants.commitDurability({ 2: [led(1, '1:1')] }, txns('1:1 1:2')),
    ],
    [
      'QuorumDurability: what is committed on one disk of three',
      invariants.quorumDurability(txns('1:1'), [txns('1:1'), [], []]),
    ],
    [
      'PrefixConsistency: two committed sequences that part',
      invariants.prefixConsistency(txns('1:1 1:2'), [server(1, '1:1 2:1')]),
    ],
    ['Integrity: what nobody proposed', invariants.integrity(proposed, [server(1, '1:1 1:4')])],
    ['Integrity: a zxid twice in a history', invariants.integrity(proposed, [server(1, '1:1 1:1')])],
    ['LocalPrimaryOrder: a gap', invariants.localPrimaryOrder(proposed, {}, [server(1, '1:1 1:3')])],
    [
      'LocalPrimaryOrder: a gap behind which a later epoch follows',
      invariants.localPrimaryOrder(proposed, { 2: [led(1, '1:1 1:2')] }, [server(1, '1:2 2:1')]),
    ],
    [
      'GlobalPrimaryOrder: an earlier epoch behind a later',
      invariants.globalPrimaryOrder([server(1, '2:1 1:1')]),
    ],
    [
      'CommitConsistency: a follower that committed more than its leader',
      invariants.commitConsistency([leader(1, '1:1'), server(2, '1:1 1:2')]),
    ],
    [
      'HistoryConsistency: a follower that accepted what its leader has not',
      invariants.historyConsistency([leader(1, ''), server(2, '', { accepted: txns('1:1') })]),
    ],
    ['AcknowledgedNotLost: an answer before the commit', invariants.acknowledgedNotLost([1])],
    [
      'ObserversDoNotCount: a quorum that is none without its observer',
      invariants.observersDoNotCount([{ of: 'commit', sids: [1, 4] }]),
    ],
    [
      'Agreement: two servers of which neither has it all',
      invariants.agreement([server(1, '1:1'), server(2, '1:2')]),
    ],
    ['TotalOrder: two orders', invariants.totalOrder([server(1, '1:1 1:2'), server(2, '1:2 1:1')])],
    ['TotalOrder: one without the first', invariants.totalOrder([server(1, '1:1 1:2'), server(2, '1:2')])],
    [
      'PrimaryIntegrity: a primary that proposes without what was delivered before',
      invariants.primaryIntegrity(proposed, { 2: [led(1, '1:1')] }, txns('1:1 1:2')),
    ],
  ])('%s', (_, offence) => {
    expect(offence).not.toBeNull();
  });
});

/** Not implied by the others: what an observer keeps concerns no quorum, no leader and no follower. */
test.each([
  ['kept what its leader has cut off, and is as long', '1:1', '', '2:1'],
  ['skipped the end of an earlier epoch', '1:1 2:1', '1:1 1:2', '1:1 1:2 2:1'],
])('PrefixConsistency alone: an observer that has %s', (_, observed, initial, everybody) => {
  const proposed = { 1: txns('1:1 1:2'), 2: txns('2:1') };
  const leaders = { 2: [{ leader: 1, history: txns(initial) }] };
  const committedByAll = txns(everybody);
  const observer = server(4, observed, { state: 'OBSERVING' });
  const all = [leader(1, everybody), server(2, everybody), server(3, everybody), observer];
  const offences = {
    SingleLeader: invariants.singleLeader(leaders, all),
    CommitDurability: invariants.commitDurability(leaders, committedByAll),
    QuorumDurability: invariants.quorumDurability(committedByAll, Array(3).fill(committedByAll)),
    PrefixConsistency: invariants.prefixConsistency(committedByAll, all),
    Integrity: invariants.integrity(proposed, all),
    LocalPrimaryOrder: invariants.localPrimaryOrder(proposed, leaders, all),
    GlobalPrimaryOrder: invariants.globalPrimaryOrder(all),
    CommitConsistency: invariants.commitConsistency(all),
    HistoryConsistency: invariants.historyConsistency(all),
  };
  expect(offended(offences)).toEqual(['PrefixConsistency']);
});

describe('does not offend', () => {
  test('SingleLeader: a leader that is not yet past discovery', () => {
    expect(invariants.singleLeader({}, [leader(1, ''), leader(2, '', { phase: 'DISCOVERY' })])).toBeNull();
  });

  test('CommitDurability: an old leader, established late, without what a later epoch committed', () => {
    expect(invariants.commitDurability({ 2: [{ leader: 1, history: [] }] }, txns('3:1'))).toBeNull();
  });

  test('LocalPrimaryOrder: a prefix of what was proposed, cut short where a later epoch follows', () => {
    const histories = { 2: [{ leader: 1, history: txns('1:1') }] };
    const proposed = { 1: txns('1:1 1:2'), 2: [txn(2, 1)] };
    expect(invariants.localPrimaryOrder(proposed, histories, [server(1, '1:1 2:1')])).toBeNull();
  });

  test('the two consistencies: a leader and a follower of different epochs', () => {
    const pair = [leader(1, ''), server(2, '1:1', { currentEpoch: 1 })];
    expect(invariants.commitConsistency(pair)).toBeNull();
    expect(invariants.historyConsistency(pair)).toBeNull();
  });
});

describe('a connected quorum', () => {
  const config = configOf({ voters: 3 });
  const all = () => true;

  test('is up', () => {
    expect(invariants.hasConnectedQuorum(config, all, all)).toBe(true);
    expect(invariants.hasConnectedQuorum(config, (sid) => sid === 1, all)).toBe(false);
  });

  test('can talk, each with each', () => {
    expect(invariants.hasConnectedQuorum(config, all, (a, b) => a === 1 && b === 3)).toBe(true);
    expect(invariants.hasConnectedQuorum(config, all, () => false)).toBe(false);
    const ring = (a: number, b: number) => b - a === 1 || b - a === 4;
    expect(invariants.hasConnectedQuorum(configOf({ voters: 5 }), all, ring)).toBe(false);
  });
});
