import { describe, expect, test } from 'vitest';
import type { DiskOperation } from './disk.js';
import type { ToLeader } from './messages.js';
import { boot, step } from './reducer.js';
import type { Server } from './server.js';
import type { Event, Step } from './step.js';
import { configOf, effectsOf, history, sent, txn, txns, zxidOf } from './testing.js';
import { makeZxid, type Sid } from './zxid.js';

const config = configOf({ voters: 3, observers: 1 });
const OBSERVER = 4;

const see = (self: Server, ...events: readonly Event[]): Step =>
  events.slice(1).reduce((taken, event) => step(config, taken.server, event), step(config, self, events[0]!));

const receive = (from: Sid, message: ToLeader): Event => ({ type: 'Receive', from, message });
const accepted = (peer: Sid): Event => ({ type: 'Accepted', peer });
const flushed = (operation: DiskOperation): Event => ({ type: 'Flushed', operation });
const info = (from: Sid, acceptedEpoch: number): Event =>
  receive(from, { type: from === OBSERVER ? 'OBSERVERINFO' : 'FOLLOWERINFO', acceptedEpoch });
const ackEpoch = (from: Sid, currentEpoch: number, lastZxid = '0:0'): Event =>
  receive(from, { type: 'ACKEPOCH', currentEpoch, lastZxid: zxidOf(lastZxid) });
const ack = (from: Sid, zxid: string): Event => receive(from, { type: 'ACK', zxid: zxidOf(zxid) });
const request: Event = { type: 'Request', request: { payload: 'w', origin: 1 } };
const appended = (zxid: string) => flushed({ write: 'append', txn: txns(zxid)[0]! });

/** Server 1, elected over what was on its disk. */
const elected = ({ epoch = 1, entries = '' } = {}): Server =>
  see(boot(config, 1, { acceptedEpoch: epoch, currentEpoch: epoch, history: history(entries) }).server, {
    type: 'Elected',
    leader: 1,
  }).server;

const acceptedFlushed = (epoch: number) => flushed({ write: 'acceptedEpoch', epoch });
const currentFlushed = (epoch: number) => flushed({ write: 'currentEpoch', epoch });

/** Waits for ACKEPOCH of epoch 2; server 2 has the epoch. */
const discovering = (own = {}): Server =>
  see(elected(own), accepted(2), info(2, 1), acceptedFlushed(2)).server;

/** Epoch 2; server 2 is being synchronized. */
const synchronizing = (own = {}, last = '0:0'): Server => see(discovering(own), ackEpoch(2, 1, last)).server;

/** Epoch 2 is established by servers 1 and 2. */
const established = (own = {}, last = '0:0'): Server =>
  see(synchronizing(own, last), currentFlushed(2), ack(2, '2:0')).server;

/** One more learner, up to its ACKEPOCH. */
const joins = (self: Server, sid: Sid, last = '0:0'): Step =>
  see(self, accepted(sid), info(sid, 2), ackEpoch(sid, -1, last));

describe('discovery', () => {
  test('waits for the epochs of a quorum, itself included', () => {
    expect(elected()).toMatchObject({ discovery: { awaits: 'FOLLOWERINFO', connecting: [1] } });
    expect(see(elected(), accepted(2), info(2, 1)).server).toMatchObject({ discovery: { awaits: 'flush' } });
  });

  test.each([
    [1, 1, 2],
    [1, 4, 5],
    [3, 1, 4],
  ])('proposes the epoch after the newest accepted one: of %i and %i, %i', (own, other, epoch) => {
    const taken = see(elected({ epoch: own }), accepted(2), info(2, other));
    expect(taken.effects).toEqual([{ type: 'persist', operation: { write: 'acceptedEpoch', epoch } }]);
    expect(taken.server.acceptedEpoch).toBe(epoch);
  });

  test.each([
    ['discovery', discovering],
    ['synchronization', synchronizing],
    ['broadcast', established],
  ])('gives up for a learner of a later epoch, in %s', (_, make) => {
    for (const sid of [3, OBSERVER]) {
      const taken = see(make(), accepted(sid), info(sid, 3));
      expect(taken.server.state).toBe('LOOKING');
      expect(effectsOf(taken, 'close').map(({ peer }) => peer)).toEqual([2, sid]);
    }
    expect(see(make(), accepted(3), info(3, 2)).server.state).toBe('LEADING');
  });

  test('makes the epoch durable before LEADERINFO leaves, for those who come meanwhile as well', () => {
    const waiting = see(elected(), accepted(2), info(2, 1), accepted(3), info(3, 1));
    expect(sent(waiting)).toEqual([]);
    expect(sent(see(waiting.server, acceptedFlushed(2)))).toEqual([
      [2, { type: 'LEADERINFO', epoch: 2 }],
      [3, { type: 'LEADERINFO', epoch: 2 }],
    ]);
  });

  test('tells the epoch at once to those who come later', () => {
    const taken = see(discovering(), accepted(3), info(3, 2));
    expect(sent(taken)).toEqual([[3, { type: 'LEADERINFO', epoch: 2 }]]);
    expect(taken.server.acceptedEpoch).toBe(2);
  });

  test('heeds the epoch of an observer, but does not count the observer', () => {
    const self = see(elected(), accepted(OBSERVER), info(OBSERVER, 6)).server;
    expect(self).toMatchObject({ discovery: { awaits: 'FOLLOWERINFO', connecting: [1] } });
    expect(see(self, accepted(2), info(2, 1)).server.acceptedEpoch).toBe(7);
  });

  test('ends with ACKEPOCH from a quorum: its own epoch becomes current, to be made durable', () => {
    const taken = see(discovering(), ackEpoch(2, 1));
    expect(taken.server).toMatchObject({ phase: 'SYNCHRONIZATION', currentEpoch: 2, acknowledged: [] });
    expect(effectsOf(taken, 'persist')).toEqual([
      { type: 'persist', operation: { write: 'currentEpoch', epoch: 2 } },
    ]);
  });

  test('takes an ACKEPOCH of -1 for no vote: that learner had accepted the epoch before', () => {
    const self = see(discovering(), ackEpoch(2, -1)).server;
    expect(self).toMatchObject({ phase: 'DISCOVERY', discovery: { electing: [1] } });
    const quorum = see(self, accepted(3), info(3, 1), ackEpoch(3, 1));
    expect(quorum.server.state === 'LEADING' && quorum.server.phase).toBe('SYNCHRONIZATION');
    expect(sent(quorum).map(([to, { type }]) => [to, type])).toEqual([
      [2, 'DIFF'],
      [2, 'NEWLEADER'],
      [3, 'DIFF'],
      [3, 'NEWLEADER'],
    ]);
  });

  test.each([
    ['in a later epoch', 2, '1:1'],
    ['in the same epoch with a longer history', 1, '1:2'],
  ])('refuses a follower that is ahead: %s', (_, currentEpoch, last) => {
    const taken = see(discovering({ entries: '1:1' }), ackEpoch(2, currentEpoch, last));
    expect(taken.effects).toEqual([{ type: 'close', peer: 2 }]);
    expect(taken.server).toMatchObject({ phase: 'DISCOVERY', learners: {}, discovery: { electing: [1] } });
  });

  test('a longer history of an earlier epoch is not ahead', () => {
    const taken = see(discovering({ epoch: 1, entries: '1:1' }), ackEpoch(2, 0, '0:9'));
    expect(taken.server).toMatchObject({ phase: 'SYNCHRONIZATION' });
  });
});

describe('synchronization', () => {
  test('sends what the learner lacks, then NEWLEADER', () => {
    const taken = see(discovering({ entries: '1:1 1:2' }), ackEpoch(2, 1, '1:1'));
    expect(sent(taken)).toEqual([
      [2, { type: 'DIFF', zxid: zxidOf('1:2') }],
      [2, { type: 'PROPOSAL', txn: txn(1, 2) }],
      [2, { type: 'COMMIT', zxid: zxidOf('1:2') }],
      [2, { type: 'NEWLEADER', epoch: 2 }],
    ]);
  });

  test('needs its own flush of the epoch and an ACK of NEWLEADER, in any order', () => {
    const [own, other] = [currentFlushed(2), ack(2, '2:0')];
    for (const [first, second] of [
      [own, other],
      [other, own],
    ] as const) {
      const one = see(synchronizing(), first);
      expect(one.server).toMatchObject({ phase: 'SYNCHRONIZATION' });
      const two = see(one.server, second);
      expect(two.server).toMatchObject({ phase: 'BROADCAST' });
      expect(sent(two)).toEqual([[2, { type: 'UPTODATE' }]]);
    }
  });

  test('is not established by its learners alone', () => {
    const self = see(synchronizing(), accepted(3), info(3, 1), ackEpoch(3, 1), ack(2, '2:0'), ack(3, '2:0'));
    expect(self.server).toMatchObject({ phase: 'SYNCHRONIZATION', acknowledged: [2, 3] });
  });

  test('establishment commits the initial history and delivers it', () => {
    const taken = see(synchronizing({ entries: '1:1 1:2' }, '1:2'), currentFlushed(2), ack(2, '2:0'));
    expect(taken.server.committed).toBe(zxidOf('1:2'));
    expect(effectsOf(taken, 'deliver').map((effect) => effect.txn)).toEqual(txns('1:1 1:2'));
  });

  test('an observer that acknowledges NEWLEADER does not count', () => {
    const self = see(discovering(), accepted(OBSERVER), info(OBSERVER, 1), ackEpoch(OBSERVER, 1)).server;
    expect(self).toMatchObject({ discovery: { electing: [1] } });
    const synced = see(self, ackEpoch(2, 1), currentFlushed(2), ack(OBSERVER, '2:0'));
    expect(synced.server).toMatchObject({ phase: 'SYNCHRONIZATION', acknowledged: [1] });
  });

  test('a late joiner is told UPTODATE as soon as it acknowledges', () => {
    const joined = joins(established(), 3).server;
    expect(sent(see(joined, ack(3, '2:0')))).toEqual([[3, { type: 'UPTODATE' }]]);
  });

  test('a late follower is given the proposals that are not yet committed, in front of NEWLEADER', () => {
    const taken = joins(see(established(), request).server, 3);
    expect(sent(taken).map(([, { type }]) => type)).toEqual(['DIFF', 'PROPOSAL', 'NEWLEADER']);
  });

  test('a late observer is not', () => {
    const taken = joins(see(established(), request).server, OBSERVER);
    expect(sent(taken).map(([, { type }]) => type)).toEqual(['DIFF', 'NEWLEADER']);
  });

  test('refuses a first ACK that is not for NEWLEADER', () => {
    const taken = see(synchronizing(), ack(2, '1:1'));
    expect(effectsOf(taken, 'close')).toEqual([{ type: 'close', peer: 2 }]);
    expect(effectsOf(taken, 'observe')).toMatchObject([{ observation: { type: 'unexpected' } }]);
  });
});

describe('broadcast', () => {
  const proposed = see(established(), request).server;

  test('numbers a write from 1 in its epoch, logs it and proposes it to followers', () => {
    const self = see(joins(established(), OBSERVER).server, ack(OBSERVER, '2:0')).server;
    const one = see(self, request);
    const write = { zxid: makeZxid(2, 1), payload: 'w', origin: 1 };
    expect(sent(one)).toEqual([[2, { type: 'PROPOSAL', txn: write }]]);
    expect(effectsOf(one, 'persist')).toEqual([
      { type: 'persist', operation: { write: 'append', txn: write } },
    ]);
    expect(sent(see(one.server, request))).toMatchObject([[2, { txn: { zxid: makeZxid(2, 2) } }]]);
  });

  test('orders the write that a learner forwards, and leaves the answer to that learner', () => {
    const forwarded = see(
      established(),
      receive(2, { type: 'REQUEST', request: { payload: 'w', origin: 2 } }),
    );
    expect(sent(forwarded)).toMatchObject([[2, { type: 'PROPOSAL', txn: { payload: 'w', origin: 2 } }]]);
    const committed = see(forwarded.server, appended('2:1'), ack(2, '2:1'));
    expect(effectsOf(committed, 'deliver')).toHaveLength(1);
    expect(effectsOf(committed, 'answer')).toEqual([]);
  });

  test('commits what a quorum has on disk: its own flush counts, and nothing before it', () => {
    expect(see(proposed, ack(2, '2:1')).server.committed).toBe(0);
    for (const events of [
      [ack(2, '2:1'), appended('2:1')],
      [appended('2:1'), ack(2, '2:1')],
    ]) {
      const taken = see(proposed, ...events);
      expect(taken.server.committed).toBe(zxidOf('2:1'));
      expect(sent(taken)).toEqual([[2, { type: 'COMMIT', zxid: zxidOf('2:1') }]]);
      expect(effectsOf(taken, 'answer')).toMatchObject([{ txn: { payload: 'w' } }]);
    }
  });

  test('does not count one server twice', () => {
    expect(see(proposed, ack(2, '2:1'), ack(2, '2:1')).server.committed).toBe(0);
    expect(see(proposed, appended('2:1'), appended('2:1')).server.committed).toBe(0);
  });

  test('commits in order, and all that is ready at once', () => {
    const two = see(joins(see(proposed, request).server, 3).server, ack(3, '2:0')).server;
    const later = see(two, ack(2, '2:2'), ack(3, '2:2'));
    expect(later.server.committed).toBe(0);
    const both = see(later.server, ack(2, '2:1'), ack(3, '2:1'));
    expect(both.server.committed).toBe(zxidOf('2:2'));
    expect(effectsOf(both, 'deliver').map((effect) => effect.txn.zxid)).toEqual(['2:1', '2:2'].map(zxidOf));
  });

  test('informs observers at the commit, of the whole transaction', () => {
    const self = see(joins(established(), OBSERVER).server, ack(OBSERVER, '2:0'), request, ack(2, '2:1'));
    expect(sent(see(self.server, appended('2:1')))).toMatchObject([
      [2, { type: 'COMMIT' }],
      [OBSERVER, { type: 'INFORM', txn: { payload: 'w', zxid: zxidOf('2:1') } }],
    ]);
  });

  test('ignores the ACK of UPTODATE, and acknowledgements of what is committed', () => {
    expect(see(proposed, ack(2, '2:0')).ignored).toBe('says nothing new');
    const committed = see(proposed, appended('2:1'), ack(2, '2:1')).server;
    expect(see(committed, ack(2, '2:1')).ignored).toBe('committed already');
  });

  test('pings those that it forwards proposals to', () => {
    expect(sent(see(established(), accepted(3), { type: 'Tick' }))).toEqual([[2, { type: 'PING' }]]);
  });

  test('ends its epoch when that has no number left (ZOOKEEPER-1277)', () => {
    const last = { zxid: makeZxid(2, 2 ** 32 - 1), payload: 1, origin: 1 };
    const full = { ...established(), history: { floor: 0, entries: [last] }, committed: last.zxid } as Server;
    const taken = see(full, { type: 'Request', request: { payload: 2, origin: 1 } });
    expect(taken.server).toMatchObject({ state: 'LOOKING', history: { entries: [last] } });
  });
});

describe('an acknowledgement', () => {
  const acknowledged = see(established(), request, ack(2, '2:1')).server;

  test('outlives its link', () => {
    const gone = see(acknowledged, { type: 'Closed', peer: 2 }).server;
    expect(see(gone, appended('2:1')).server.committed).toBe(zxidOf('2:1'));
  });

  test('is retracted when its follower is synchronized anew, since TRUNC has cut it off there', () => {
    const rejoined = joins(see(acknowledged, { type: 'Closed', peer: 2 }).server, 2, '2:1');
    expect(sent(rejoined).map(([, { type }]) => type)).toEqual(['TRUNC', 'PROPOSAL', 'NEWLEADER']);
    const flushedHere = see(rejoined.server, appended('2:1'));
    expect(flushedHere.server.committed).toBe(0);
    expect(see(flushedHere.server, ack(2, '2:0'), ack(2, '2:1')).server.committed).toBe(zxidOf('2:1'));
  });
});

describe('failures', () => {
  test('a learner that goes is forgotten, the leader stays', () => {
    const taken = see(established(), { type: 'Closed', peer: 2 });
    expect(taken.server).toMatchObject({ state: 'LEADING', learners: {} });
    expect(taken.effects).toEqual([]);
  });

  test('a leader that loses patience closes all links and looks again, in the next round', () => {
    const fle = { ...config, election: 'fle' as const };
    const self = {
      ...joins(established(), 3).server,
      vote: { leader: 1, zxid: 0, peerEpoch: 2, electionEpoch: 4 },
    };
    const taken = step(fle, self, { type: 'Timeout' });
    expect(taken.server).toMatchObject({
      state: 'LOOKING',
      vote: { leader: 1, peerEpoch: 2, electionEpoch: 5 },
    });
    expect(effectsOf(taken, 'close').map(({ peer }) => peer)).toEqual([2, 3]);
    expect(effectsOf(taken, 'notify').map(({ to }) => to)).toEqual([2, 3]);
  });

  test.each([
    ['FOLLOWERINFO again', info(2, 1)],
    ['ACKEPOCH again', ackEpoch(2, 1)],
    ['REQUEST before UPTODATE', receive(2, { type: 'REQUEST', request: { payload: 'w', origin: 2 } })],
  ])('closes the link to a learner that speaks out of turn: %s', (_, event) => {
    const taken = see(synchronizing(), event);
    expect(taken.server).toMatchObject({ learners: {} });
    expect(effectsOf(taken, 'close')).toEqual([{ type: 'close', peer: 2 }]);
    expect(effectsOf(taken, 'observe')).toMatchObject([{ observation: { type: 'unexpected' } }]);
  });
});

describe('a learner below the window', () => {
  const small = { ...config, window: 1 };
  const behind = (self: Server, ...events: readonly Event[]): Step =>
    events.reduce<Step>((taken, event) => step(small, taken.server, event), {
      handler: '',
      server: self,
      effects: [],
    });
  const trimmed = behind(
    boot(small, 1, { acceptedEpoch: 1, currentEpoch: 1, history: history('1:1 1:2 1:3') }).server,
    { type: 'Elected', leader: 1 },
    ...[accepted(2), info(2, 1), acceptedFlushed(2), ackEpoch(2, 1, '1:3'), currentFlushed(2), ack(2, '2:0')],
  ).server;
  const reading = behind(trimmed, accepted(3), info(3, 1), ackEpoch(3, 1, '1:1'));

  test('waits for the log to be read, and is forwarded nothing meanwhile', () => {
    expect(trimmed.history).toEqual(history('1:3', '1:2'));
    expect(reading.effects).toEqual([{ type: 'readLog', peer: 3, after: zxidOf('1:1') }]);
    expect(sent(behind(reading.server, request)).map(([to]) => to)).toEqual([2]);
  });

  test('is sent what was read', () => {
    const read = behind(reading.server, {
      type: 'LogRead',
      peer: 3,
      after: zxidOf('1:1'),
      entries: txns('1:2'),
    });
    expect(sent(read).map(([, { type }]) => type)).toEqual([
      ...['DIFF', 'PROPOSAL', 'COMMIT', 'PROPOSAL', 'COMMIT', 'NEWLEADER'],
    ]);
  });

  test('that has gone is not missed', () => {
    const gone = behind(reading.server, { type: 'Closed', peer: 3 });
    expect(behind(gone.server, { type: 'LogRead', peer: 3, after: zxidOf('1:1'), entries: [] }).ignored).toBe(
      'the learner has gone',
    );
  });

  test('that came back with less does not get the answer to an earlier question', () => {
    const again = behind(
      reading.server,
      ...[{ type: 'Closed', peer: 3 } as const, accepted(3), info(3, 1), ackEpoch(3, 1, '0:0')],
    );
    expect(again.effects).toEqual([{ type: 'readLog', peer: 3, after: 0 }]);
    const late = behind(again.server, {
      type: 'LogRead',
      peer: 3,
      after: zxidOf('1:1'),
      entries: txns('1:2'),
    });
    expect(late.ignored).toBe('the learner came back and is elsewhere');
    expect(sent(late).flatMap(([, m]) => (m.type === 'PROPOSAL' ? [m.txn] : []))).not.toEqual(
      txns('1:2 1:3'),
    );
  });
});
