/**
 * The scenarios, as scripts of what is done to real servers: which messages are held, who is killed and when. The crashes of
 * a leader are those of the corpus; two are its counterexamples ZOOKEEPER-4394 and ZOOKEEPER-4643.
 */
import type { Sid } from '../../../spec/zxid.js';
import { OP_SYNC } from '../txns.js';
import type { Client, Reply } from './client.js';
import { loggedZxids } from './disk.js';
import type { Ensemble, Size } from './ensemble.js';
import { type Outcome, outcomeOf, type Sync } from './outcome.js';
import type { Passing, Rule } from './proxy.js';

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  readonly size: Size;
  readonly expected: () => Outcome;
  /** Invariants that 3.8.0 breaks here, by a known defect. */
  readonly breaks?: readonly string[];
  /** How often a script is tried whose moment may be missed. */
  readonly attempts?: number;
  readonly play: (ensemble: Ensemble) => Promise<Outcome>;
}

const THREE: Size = { voters: 3 };
const [PATH, BEFORE, AFTER] = ['/x', 'before', 'after'];

const way =
  (type: string, from: Sid, to?: Sid): Rule =>
  (passing) =>
    passing.type === type && passing.from === from && (to === undefined || passing.to === to);

const either =
  (...rules: readonly Rule[]): Rule =>
  (passing) =>
    rules.some((rule) => rule(passing));

const isWrite = ({ message }: Passing): boolean =>
  message.kind === 'packet' && message.message.type === 'REQUEST' && message.message.data?.op !== OP_SYNC;

const isLooking =
  (sid: Sid): Rule =>
  ({ from, message: one }) =>
    from === sid && one.kind === 'notification' && one.message.state === 'LOOKING';

const told = ({ error }: Reply): 'OK' | 'CONNLOSS' => (error === 0 ? 'OK' : 'CONNLOSS');

/** Everybody has applied the same. */
const settled = (e: Ensemble, ...sids: readonly Sid[]): Promise<void> =>
  e.until(`servers ${sids.join(', ')} have applied the same`, async () => {
    const all = await Promise.all(sids.map(async (sid) => e.server(sid).status()));
    return new Set(all.map((one) => one?.zxid)).size === 1 && all[0] !== null;
  });

/** Three servers, the third leads, and one write is everywhere. */
const serving = async (e: Ensemble): Promise<Client> => {
  await e.elect(1, 2, 3);
  const client = await e.client(3);
  await client.create(PATH!, BEFORE!);
  await settled(e, 1, 2, 3);
  return client;
};

/** How a server was brought up to date first, since then. */
const syncOf = (e: Ensemble, to: Sid, from: number): Sync | undefined =>
  e.since(from).find((one) => one.to === to && ['DIFF', 'TRUNC', 'SNAP'].includes(one.type))?.type as
    | Sync
    | undefined;

/** What every server holds at the path: one answer, or none in common. */
const write = async (e: Ensemble, ...sids: readonly Sid[]): Promise<'survives' | 'gone'> => {
  const found: (string | null | undefined)[] = [];
  for (const sid of sids) found.push(await e.read(sid, PATH!));
  if (new Set(found).size !== 1) e.note(`servers differ: ${found.join(', ')}`);
  return found.every((one) => one === AFTER) ? 'survives' : 'gone';
};

const observeAll = async (e: Ensemble, ...sids: readonly Sid[]): Promise<void> => {
  for (const sid of sids) await e.server(sid).observe();
};

const end = async (
  e: Ensemble,
  rejoined: { sid: Sid; from: number } | null,
): Promise<Omit<Outcome, 'client'>> => {
  const leader = await e.serving(...e.sids);
  await observeAll(e, ...e.sids);
  const epoch = e.server(leader).epoch('currentEpoch')!;
  const rejoins = rejoined && syncOf(e, rejoined.sid, rejoined.from);
  return { leader, epoch, write: await write(e, ...e.sids), ...(rejoins && { rejoins }) };
};

interface Crash {
  /** What is on its way when the leader dies, and never arrives. */
  readonly held: Rule;
  /** Where the client asks. */
  readonly at?: Sid;
  /** Whether the moment has come. */
  readonly isDue: (held: readonly Passing[], e: Ensemble) => boolean;
  readonly answered?: true;
  /** Before the old leader is back. */
  readonly meanwhile?: (e: Ensemble) => Promise<void>;
}

const leaderCrash = (name: string, summary: string, crash: Crash): Scenario => ({
  name,
  summary,
  size: THREE,
  expected: () => outcomeOf(name),
  play: async (e) => {
    await serving(e);
    const client = await e.client(crash.at ?? 3);
    await settled(e, 1, 2, 3);
    const hold = e.hold(crash.held);
    const reply = client.set(PATH!, AFTER!);
    const answer = crash.answered && (await reply);
    await e.until('the moment has come', () => crash.isDue(hold.held(), e));
    await e.kill(3);
    hold.drop();
    const known = answer ?? (await reply);
    await e.serving(1, 2);
    await observeAll(e, 1, 2);
    await crash.meanwhile?.(e);
    const from = e.now;
    e.start(3);
    return { ...(await end(e, { sid: 3, from })), client: told(known) };
  },
});

const fromOld = (type: string, to?: Sid): Rule => way(type, 3, to);

/** The session of the client at 3 has begun by a transaction; what is held then is the write. */
const last = (held: readonly Passing[], type: string): bigint | undefined => {
  const found = held.findLast((one) => one.type === type)?.message;
  return found?.kind === 'packet' ? found.message.zxid : undefined;
};

const isLogged = (e: Ensemble, sid: Sid, zxid: bigint | undefined): boolean =>
  zxid !== undefined && loggedZxids(e.server(sid).versionFolder).includes(zxid);

const writesIn = (held: readonly Passing[]): readonly Passing[] =>
  held.filter(
    ({ message: one }) =>
      one.kind === 'packet' && one.message.type === 'PROPOSAL' && one.message.data?.op === 'setData',
  );

/** A PROPOSAL of a write, but not of the beginning of a session. */
const ofWrite =
  (rule: Rule): Rule =>
  (passing) =>
    rule(passing) && writesIn([passing]).length > 0;

/** Proposed and logged by the leader. */
const reachedNobody: Crash = {
  held: ofWrite(fromOld('PROPOSAL')),
  isDue: (held, e) => held.length === 2 && isLogged(e, 3, last(held, 'PROPOSAL')),
};

const crashes: readonly Scenario[] = [
  leaderCrash(
    'leader-crash-before-commit',
    'proposed, logged by the leader, reached nobody; leader killed',
    reachedNobody,
  ),
  leaderCrash(
    'leader-crash-before-commit-then-write',
    'the same; the next epoch has a write before it is back',
    {
      ...reachedNobody,
      meanwhile: async (e) => {
        const client = await e.client(2);
        await client.create('/y', 'in between');
        await settled(e, 1, 2);
      },
    },
  ),
  leaderCrash(
    'leader-crash-before-commit-survives',
    'proposed, reached one follower, whose ACK never arrived',
    {
      held: either(ofWrite(fromOld('PROPOSAL', 2)), way('ACK', 1, 3)),
      isDue: (held) => {
        const proposed = last(held, 'PROPOSAL');
        return proposed !== undefined && last(held, 'ACK') === proposed;
      },
    },
  ),
  leaderCrash('leader-crash-after-commit', 'committed, no COMMIT arrived anywhere', {
    held: fromOld('COMMIT'),
    answered: true,
    isDue: (held) => held.length === 2,
  }),
  leaderCrash('leader-crash-after-commit-one-follower', 'committed, and only one follower ever had it', {
    held: either(ofWrite(fromOld('PROPOSAL', 2)), fromOld('COMMIT')),
    answered: true,
    isDue: (held) => last(held, 'COMMIT') !== undefined,
  }),
  leaderCrash('leader-crash-before-proposal', 'the REQUEST was on its way to the leader', {
    held: (passing) => way('REQUEST', 1, 3)(passing) && isWrite(passing) && isSetData(passing),
    at: 1,
    isDue: (held) => held.length === 1,
  }),
];

const OP_SET_DATA = 5;
function isSetData({ message }: Passing): boolean {
  return (
    message.kind === 'packet' &&
    message.message.type === 'REQUEST' &&
    message.message.data?.op === OP_SET_DATA
  );
}

const others: readonly Scenario[] = [
  {
    name: 'cold-start',
    summary: 'three servers without a history elect, synchronize and serve',
    size: THREE,
    // The specification's start `serving` is such a run: server 3 leads epoch 1.
    expected: () => ({ leader: 3, epoch: 1 }),
    play: async (e) => {
      await e.elect(1, 2, 3);
      const leader = await e.serving(1, 2, 3);
      await observeAll(e, 1, 2, 3);
      return { leader, epoch: e.server(leader).epoch('currentEpoch')! };
    },
  },
  {
    name: 'follower-restart',
    summary: 'a follower was away for a few writes',
    size: THREE,
    expected: () => ({ leader: 3, epoch: 1, write: 'survives', client: 'OK', rejoins: 'DIFF' }),
    play: async (e) => {
      const client = await serving(e);
      await e.kill(1);
      await client.set(PATH!, 'in between');
      const reply = await client.set(PATH!, AFTER!);
      const from = e.now;
      e.start(1);
      await e.serving(1, 2, 3);
      await settled(e, 1, 2, 3);
      return { ...(await end(e, { sid: 1, from })), client: told(reply) };
    },
  },
  {
    name: 'fresh-follower',
    summary: 'a server without a history joins two that have one',
    size: THREE,
    expected: () => ({ leader: 3, epoch: 1, write: 'survives', client: 'OK', rejoins: 'SNAP' }),
    play: async (e) => {
      await e.elect(2, 3);
      const client = await e.client(3);
      await client.create(PATH!, BEFORE!);
      const reply = await client.set(PATH!, AFTER!);
      const from = e.now;
      e.start(1);
      await e.serving(1, 2, 3);
      await settled(e, 1, 2, 3);
      return { ...(await end(e, { sid: 1, from })), client: told(reply) };
    },
  },
  {
    name: 'observer',
    summary: 'an observer joins, and forwards a write',
    size: { voters: 3, observers: 1 },
    expected: () => ({ leader: 3, epoch: 1, write: 'survives', client: 'OK', rejoins: 'SNAP' }),
    play: async (e) => {
      await serving(e);
      const from = e.now;
      e.start(4);
      await e.serving(1, 2, 3, 4);
      const client = await e.client(4);
      const reply = await client.set(PATH!, AFTER!);
      await e.seen('an INFORM', way('INFORM', 3, 4), from);
      await settled(e, 1, 2, 3, 4);
      return { ...(await end(e, { sid: 4, from })), client: told(reply) };
    },
  },
  {
    name: 'partition',
    summary: 'the leader is cut off from both followers, a new one is elected, then the pairs are healed',
    size: THREE,
    expected: () => ({ leader: 2, epoch: 2, write: 'survives', client: 'OK', rejoins: 'DIFF' }),
    play: async (e) => {
      await serving(e);
      e.cut(3, 1);
      e.cut(3, 2);
      await e.serving(1, 2);
      const client = await e.client(2);
      const reply = await client.set(PATH!, AFTER!);
      await e.until('the old leader has given up', async () => (await e.server(3).status()) === null);
      const from = e.now;
      e.heal(3, 1);
      e.heal(3, 2);
      await e.serving(1, 2, 3);
      await settled(e, 1, 2, 3);
      return { ...(await end(e, { sid: 3, from })), client: told(reply) };
    },
  },
];

const defects: readonly Scenario[] = [
  {
    name: 'ZOOKEEPER-4394',
    summary: 'a COMMIT between NEWLEADER and UPTODATE: the follower fails on it, and starts over',
    size: THREE,
    expected: () => ({ leader: 3, epoch: 1, write: 'survives', client: 'OK', rejoins: 'DIFF' }),
    breaks: ['NoUnexpected'],
    play: async (e) => {
      const client = await serving(e);
      await e.kill(1);
      // One write outstanding: its only follower's ACK is held.
      const outstanding = e.hold(way('ACK', 2, 3));
      const reply = client.set(PATH!, AFTER!);
      await e.until('a write is outstanding', () => outstanding.held().length > 0);
      // The follower gets it in front of NEWLEADER; UPTODATE cannot come before its ACK.
      const from = e.now;
      const unsynced = e.hold(way('ACK', 1, 3));
      e.start(1);
      await e.until('NEWLEADER is acknowledged', () => unsynced.held().length > 0);
      const since = e.now;
      // Its old connection is over once it looks again.
      e.once(isLooking(1), () => unsynced.drop());
      outstanding.release();
      await e.seen('the COMMIT behind NEWLEADER', way('COMMIT', 3, 1), since);
      await e.seen('the follower looks again', isLooking(1), since);
      return { ...(await end(e, { sid: 1, from })), client: told(await reply) };
    },
  },
  {
    name: 'ZOOKEEPER-4643',
    summary:
      'killed when currentEpoch is in place, before the log is: an acknowledged write disappears everywhere',
    size: THREE,
    expected: () => ({ leader: 1, epoch: 3, write: 'gone', client: 'OK' }),
    breaks: ['CommitDurability'],
    attempts: 5,
    play: async (e) => {
      const client = await serving(e);
      await e.kill(1);
      const reply = await client.set(PATH!, AFTER!);
      await settled(e, 2, 3);
      await e.kill(3);
      // 2 leads, and gives 1 the write and epoch 2; of these, the epoch alone reaches the disk.
      const hold = e.hold(way('NEWLEADER', 2, 1));
      e.start(1);
      await e.until('NEWLEADER is on its way', () => hold.held().length > 0);
      const killer = e.killOnRename(1, 'currentEpoch');
      hold.release();
      await e.until('server 1 is killed', () => killer.done() && !e.server(1).isRunning);
      await e.kill(2);
      await e.server(1).observe();
      // 1, with the newest epoch and without the write, is elected; the others cut it off.
      await e.elect(3, 1);
      e.start(2);
      return { ...(await end(e, null)), client: told(reply) };
    },
  },
];

export const realScenarios: readonly Scenario[] = [
  ...others.slice(0, 1),
  ...crashes,
  ...others.slice(1),
  ...defects,
];
