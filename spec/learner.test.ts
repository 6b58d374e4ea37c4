import { describe, expect, test } from 'vitest';
import type { DiskOperation } from './disk.js';
import type { ToLearner } from './messages.js';
import { boot, step } from './reducer.js';
import type { Server } from './server.js';
import type { Event, Step } from './step.js';
import { configOf, effectsOf, history, sent, txn, txns, zxidOf } from './testing.js';
import { rulesOf } from './variants.js';
import type { Sid } from './zxid.js';

const config = configOf({ voters: 3, observers: 1 });
const [FOLLOWER, LEADER, OBSERVER] = [1, 3, 4];

const see = (self: Server, ...events: readonly Event[]): Step =>
  events.slice(1).reduce((taken, event) => step(config, taken.server, event), step(config, self, events[0]!));

const receive = (message: ToLearner): Event => ({ type: 'Receive', from: LEADER, message });
const flushed = (operation: DiskOperation): Event => ({ type: 'Flushed', operation });
const connected: Event = { type: 'Connected', peer: LEADER };
const leaderinfo = (epoch: number) => receive({ type: 'LEADERINFO', epoch });
const diff = (zxid: string) => receive({ type: 'DIFF', zxid: zxidOf(zxid) });
const proposal = (zxid: string) => receive({ type: 'PROPOSAL', txn: txns(zxid)[0]! });
const commit = (zxid: string) => receive({ type: 'COMMIT', zxid: zxidOf(zxid) });
const newleader = (epoch: number) => receive({ type: 'NEWLEADER', epoch });
const uptodate = receive({ type: 'UPTODATE' });
const appended = (zxid: string) => flushed({ write: 'append', txn: txns(zxid)[0]! });
const acceptedFlushed = (epoch: number) => flushed({ write: 'acceptedEpoch', epoch });
const currentFlushed = (epoch: number) => flushed({ write: 'currentEpoch', epoch });

const ack = (zxid: string) => [LEADER, { type: 'ACK', zxid: zxidOf(zxid) }];
const writes = (taken: Step) => effectsOf(taken, 'persist').map(({ operation }) => operation);
const delivered = (taken: Step) => effectsOf(taken, 'deliver').map((effect) => effect.txn);

interface Own {
  readonly sid?: Sid;
  readonly accepted?: number;
  readonly current?: number;
  readonly entries?: string;
}

/** Turned to its leader, not yet connected. */
const following = ({ sid = FOLLOWER, accepted = 1, current = 1, entries = '' }: Own = {}): Server =>
  see(
    boot(config, sid, { acceptedEpoch: accepted, currentEpoch: current, history: history(entries) }).server,
    {
      type: 'Elected',
      leader: LEADER,
    },
  ).server;

/** Has sent ACKEPOCH of epoch 2. */
const discovered = (own: Own = {}): Server =>
  see(following(own), connected, leaderinfo(2), acceptedFlushed(2)).server;

/** In broadcast in epoch 2, with this history committed. */
const broadcasting = (entries = '', sid: Sid = FOLLOWER): Server =>
  see(
    discovered({ sid, entries }),
    diff(entries.split(' ').at(-1) || '0:0'),
    newleader(2),
    currentFlushed(2),
    uptodate,
  ).server;

describe('discovery', () => {
  test('a follower tells the newest epoch that it accepted, once it is connected; an observer as such', () => {
    expect(sent(see(following({ accepted: 3 }), connected))).toEqual([
      [LEADER, { type: 'FOLLOWERINFO', acceptedEpoch: 3 }],
    ]);
    expect(sent(see(following({ sid: OBSERVER }), connected))).toEqual([
      [LEADER, { type: 'OBSERVERINFO', acceptedEpoch: 1 }],
    ]);
  });

  test('the new epoch is durable before ACKEPOCH leaves, with the epoch and the zxid of its history', () => {
    const taken = see(following({ entries: '1:1 1:2' }), connected, leaderinfo(2));
    expect(writes(taken)).toEqual([{ write: 'acceptedEpoch', epoch: 2 }]);
    expect(sent(taken)).toEqual([]);
    expect(sent(see(taken.server, acceptedFlushed(2)))).toEqual([
      [LEADER, { type: 'ACKEPOCH', currentEpoch: 1, lastZxid: zxidOf('1:2') }],
    ]);
  });

  test('an epoch accepted before is not voted for again', () => {
    const taken = see(following({ accepted: 2 }), connected, leaderinfo(2), acceptedFlushed(2));
    expect(sent(taken)).toEqual([[LEADER, { type: 'ACKEPOCH', currentEpoch: -1, lastZxid: 0 }]]);
  });

  test('an older epoch is refused: the leader is left', () => {
    const taken = see(following({ accepted: 3 }), connected, leaderinfo(2));
    expect(taken.server).toMatchObject({ state: 'LOOKING', acceptedEpoch: 3 });
    expect(taken.effects).toEqual([{ type: 'close', peer: LEADER }]);
  });

  test('the flush of an epoch that an earlier role asked for is not waited for', () => {
    const waiting = see(following(), connected, leaderinfo(2)).server;
    expect(see(waiting, acceptedFlushed(1)).ignored).toBe('nothing waits for it');
  });
});

describe('synchronization', () => {
  test('DIFF: what follows is appended in order', () => {
    const taken = see(discovered({ entries: '1:1' }), diff('1:2'), proposal('1:2'));
    expect(taken.server.history).toEqual(history('1:1 1:2'));
    expect(writes(taken)).toEqual([{ write: 'append', txn: txn(1, 2) }]);
  });

  test('TRUNC: the tail is dropped, in memory and on disk', () => {
    const taken = see(discovered({ entries: '1:1 1:2' }), receive({ type: 'TRUNC', zxid: zxidOf('1:1') }));
    expect(taken.server.history).toEqual(history('1:1'));
    expect(writes(taken)).toEqual([{ write: 'truncate', zxid: zxidOf('1:1') }]);
  });

  test('TRUNC to what it does not hold is refused', () => {
    const taken = see(discovered({ entries: '1:1' }), receive({ type: 'TRUNC', zxid: zxidOf('1:7') }));
    expect(taken.server.state).toBe('LOOKING');
    expect(writes(taken)).toEqual([]);
  });

  test('SNAP: the history is replaced, in memory and on disk', () => {
    const snapshot = history('2:1', '1:5');
    const taken = see(
      discovered({ entries: '1:1' }),
      receive({ type: 'SNAP', zxid: zxidOf('2:1'), history: snapshot }),
    );
    expect(taken.server.history).toEqual(snapshot);
    expect(writes(taken)).toEqual([{ write: 'snapshot', history: snapshot }]);
  });

  test('SNAP: what lies below its floor is delivered with it; what it holds above is delivered at UPTODATE', () => {
    const snap = receive({ type: 'SNAP', zxid: zxidOf('2:1'), history: history('2:1', '1:5') });
    const taken = see(discovered(), snap, newleader(2), currentFlushed(2), uptodate);
    expect(delivered(taken)).toEqual(txns('2:1'));
  });

  test.each([
    ['a gap', '1:1', ['1:3']],
    ['the same again', '1:1', ['1:1']],
    ['an earlier epoch', '2:1', ['1:1']],
    ['not the first of its epoch', '1:1', ['2:2']],
  ])('a proposal out of sequence is refused: %s', (_, entries, proposals) => {
    const taken = see(discovered({ entries, current: 0 }), diff('9:1'), ...proposals.map(proposal));
    expect(taken.server.state).toBe('LOOKING');
    expect(effectsOf(taken, 'observe')).toMatchObject([{ observation: { type: 'unexpected' } }]);
  });

  test('NEWLEADER: the history is durable before the epoch, and both before the ACK', () => {
    const synced = see(discovered(), diff('1:1'), proposal('1:1'));
    const taken = see(synced.server, newleader(2));
    expect([...writes(synced), ...writes(taken)]).toEqual([
      { write: 'append', txn: txn(1, 1) },
      { write: 'currentEpoch', epoch: 2 },
    ]);
    expect(sent(taken)).toEqual([]);
    const history1 = see(taken.server, appended('1:1'));
    expect(history1.ignored).toBe('nothing waits for it');
    expect(sent(see(history1.server, currentFlushed(2)))).toEqual([ack('2:0')]);
  });

  test('NEWLEADER of an epoch that it never accepted is refused', () => {
    expect(see(discovered(), diff('0:0'), newleader(3)).server.state).toBe('LOOKING');
  });

  test('UPTODATE commits the history that came, and is acknowledged', () => {
    const ready = see(
      discovered({ entries: '1:1' }),
      diff('1:2'),
      proposal('1:2'),
      newleader(2),
      currentFlushed(2),
    );
    expect(ready.server.committed).toBe(0);
    const taken = see(ready.server, uptodate);
    expect(taken.server).toMatchObject({ phase: 'BROADCAST', committed: zxidOf('1:2') });
    expect(delivered(taken)).toEqual(txns('1:1 1:2'));
    expect(sent(taken)).toEqual([ack('2:0')]);
  });

  test('a learner that had delivered a part of it delivers the rest', () => {
    const left = see(
      broadcasting('1:1'),
      { type: 'Closed', peer: LEADER },
      { type: 'Elected', leader: LEADER },
    );
    const taken = see(
      left.server,
      ...[connected, leaderinfo(2), acceptedFlushed(2), diff('2:1'), proposal('2:1'), newleader(2)],
      ...[currentFlushed(2), uptodate],
    );
    expect(delivered(taken)).toEqual(txns('2:1'));
  });
});

describe('a late joiner', () => {
  /** The leader has 2:1 committed and 2:2 proposed. */
  const synced = see(
    discovered({ accepted: 1 }),
    ...[diff('2:1'), proposal('2:1'), commit('2:1'), proposal('2:2'), newleader(2)],
  ).server;

  test('acknowledges the proposals in front of NEWLEADER behind it, but not those that are committed', () => {
    expect(sent(see(synced, appended('2:1'), appended('2:2'), currentFlushed(2)))).toEqual([
      ack('2:0'),
      ack('2:2'),
    ]);
  });

  test('acknowledges a proposal behind NEWLEADER when it is flushed, not before', () => {
    const later = see(synced, proposal('2:3'));
    expect(sent(later)).toEqual([]);
    const ready = see(later.server, appended('2:1'), appended('2:2'), currentFlushed(2));
    expect(sent(ready)).toEqual([ack('2:0'), ack('2:2')]);
    expect(sent(see(ready.server, appended('2:3')))).toEqual([ack('2:3')]);
  });

  test('commits at UPTODATE what was committed meanwhile, and not what was not', () => {
    const ready = see(synced, proposal('2:3'), commit('2:2'), currentFlushed(2), uptodate);
    expect(delivered(ready)).toEqual(txns('2:1 2:2'));
    expect(ready.server.committed).toBe(zxidOf('2:2'));
    expect(delivered(see(ready.server, commit('2:3')))).toEqual(txns('2:3'));
  });

  test('refuses a COMMIT whose proposal it never saw, or one out of order', () => {
    expect(see(synced, commit('2:3')).server.state).toBe('LOOKING');
    expect(see(synced, proposal('2:3'), commit('2:3')).server.state).toBe('LOOKING');
  });

  test('that observes takes INFORM for a proposal and its commit', () => {
    const ready = see(
      discovered({ sid: OBSERVER }),
      ...[
        diff('0:0'),
        newleader(2),
        receive({ type: 'INFORM', txn: txn(2, 1) }),
        currentFlushed(2),
        uptodate,
      ],
    );
    expect(delivered(ready)).toEqual(txns('2:1'));
    expect(sent(ready)).toEqual([ack('2:0')]);
  });
});

describe('broadcast', () => {
  test('a proposal is acknowledged after its flush, never at its arrival', () => {
    const taken = see(broadcasting(), proposal('2:1'));
    expect(sent(taken)).toEqual([]);
    expect(writes(taken)).toEqual([{ write: 'append', txn: txn(2, 1) }]);
    expect(sent(see(taken.server, appended('2:1')))).toEqual([ack('2:1')]);
  });

  test('a write that another role asked for is not acknowledged', () => {
    expect(see(broadcasting(), appended('1:7')).ignored).toBe('nothing waits for it');
    expect(see(broadcasting(), proposal('2:1'), appended('1:7')).ignored).toBe('nothing waits for it');
  });

  test('commits come in order, of proposals that came before', () => {
    const two = see(broadcasting(), proposal('2:1'), proposal('2:2')).server;
    expect(delivered(see(two, commit('2:1')))).toEqual(txns('2:1'));
    expect(see(two, commit('2:2')).server.state).toBe('LOOKING');
    expect(see(two, commit('2:1'), commit('2:1')).server.state).toBe('LOOKING');
  });

  test('a commit may come before the flush, and the acknowledgement still follows', () => {
    const committed = see(broadcasting(), proposal('2:1'), commit('2:1'));
    expect(delivered(committed)).toEqual(txns('2:1'));
    expect(sent(see(committed.server, appended('2:1')))).toEqual([ack('2:1')]);
  });

  test('a proposal out of sequence is refused', () => {
    for (const zxid of ['2:2', '1:1', '1:3', '2:0'])
      expect(see(broadcasting('1:1'), proposal(zxid)).server.state).toBe('LOOKING');
  });

  test('INFORM is logged and delivered at once, and not acknowledged', () => {
    const taken = see(broadcasting('', OBSERVER), receive({ type: 'INFORM', txn: txn(2, 1) }));
    expect(delivered(taken)).toEqual(txns('2:1'));
    expect(writes(taken)).toEqual([{ write: 'append', txn: txn(2, 1) }]);
    expect(sent(see(taken.server, appended('2:1')))).toEqual([]);
  });

  test.each([
    ['follower', FOLLOWER],
    ['observer', OBSERVER],
  ])('a client write at a %s goes to the leader, which is told where it came from', (_, sid) => {
    const taken = see(broadcasting('', sid), { type: 'Request', request: { payload: 'w', origin: sid } });
    expect(sent(taken)).toEqual([[LEADER, { type: 'REQUEST', request: { payload: 'w', origin: sid } }]]);
  });

  test('the client is answered by the server at which its write arrived, at the commit', () => {
    const own = receive({ type: 'PROPOSAL', txn: txn(2, 1, FOLLOWER) });
    const taken = see(broadcasting(), own, commit('2:1'));
    expect(effectsOf(taken, 'answer')).toEqual([{ type: 'answer', txn: txn(2, 1, FOLLOWER) }]);
    expect(effectsOf(see(broadcasting(), proposal('2:1'), commit('2:1')), 'answer')).toEqual([]);
  });

  test('a PING is answered in kind; by ZooKeeper only where it is up to date', () => {
    const ping = receive({ type: 'PING' });
    expect(sent(see(broadcasting(), ping))).toEqual([[LEADER, { type: 'PING' }]]);
    expect(sent(see(discovered(), ping))).toEqual([[LEADER, { type: 'PING' }]]);
    const real = { ...config, rules: rulesOf('zookeeper-3.8') };
    expect(sent(step(real, broadcasting(), ping))).toEqual([[LEADER, { type: 'PING' }]]);
    expect(step(real, discovered(), ping)).toMatchObject({ ignored: expect.any(String), effects: [] });
  });
});

describe('failures', () => {
  const fle = { ...config, election: 'fle' as const };
  const self = { ...broadcasting('1:1'), vote: { leader: LEADER, zxid: 0, peerEpoch: 2, electionEpoch: 4 } };

  test.each([
    ['its link is gone', { type: 'Closed', peer: LEADER } as const],
    ['it loses patience', { type: 'Timeout' } as const],
  ])('a learner looks again in the next round, with the history that it has, when %s', (_, event) => {
    const taken = step(fle, self, event);
    expect(taken.server).toMatchObject({
      state: 'LOOKING',
      vote: { leader: FOLLOWER, zxid: zxidOf('1:1'), peerEpoch: 2, electionEpoch: 5 },
      committed: zxidOf('1:1'),
    });
    expect(effectsOf(taken, 'close')).toEqual([{ type: 'close', peer: LEADER }]);
    expect(effectsOf(taken, 'notify').map(({ to }) => to)).toEqual([2, 3]);
  });

  test('one that never got a connection has none to close', () => {
    expect(effectsOf(see(following(), { type: 'Timeout' }), 'close')).toEqual([]);
  });

  test('a restart knows what is on the disk, and nothing of what was committed', () => {
    const taken = boot(fle, FOLLOWER, { acceptedEpoch: 3, currentEpoch: 2, history: history('1:1') });
    expect(taken.server).toMatchObject({
      state: 'LOOKING',
      acceptedEpoch: 3,
      currentEpoch: 2,
      history: history('1:1'),
      committed: 0,
      vote: { electionEpoch: 1 },
    });
  });

  test.each([
    ['as they come', [], '1:1 1:2'],
    ['at NEWLEADER', ['ZOOKEEPER-4643'], '1:1'],
    ['at UPTODATE', ['ZOOKEEPER-3911'], '1:1'],
  ])('in synchronization: keeps what is on its way to the log, and no more; %s', (_, defects, kept) => {
    const planted = configOf({ defects });
    const { server } = [diff('1:1'), proposal('1:2'), { type: 'Closed', peer: LEADER } as const].reduce(
      (taken, event) => step(planted, taken.server, event),
      see(discovered({ entries: '1:1' }), acceptedFlushed(1)),
    );
    expect(server).toMatchObject({ state: 'LOOKING', history: history(kept) });
  });

  test.each([
    ['NEWLEADER before a history', discovered(), newleader(2)],
    ['UPTODATE before NEWLEADER', see(discovered(), diff('0:0')).server, uptodate],
    ['DIFF in broadcast', broadcasting(), diff('0:0')],
    ['LEADERINFO twice', see(following(), connected, leaderinfo(2)).server, leaderinfo(2)],
  ])('a leader that speaks out of turn is left: %s', (_, from, event) => {
    const taken = see(from, event);
    expect(taken.server.state).toBe('LOOKING');
    expect(effectsOf(taken, 'observe')).toMatchObject([{ observation: { type: 'unexpected' } }]);
    expect(effectsOf(taken, 'close')).toEqual([{ type: 'close', peer: LEADER }]);
  });

  test('an event that cannot happen throws: a message from one that is not its leader, say', () => {
    expect(() => see(broadcasting(), { type: 'Receive', from: 2, message: { type: 'PING' } })).toThrow(
      'impossible',
    );
  });
});
