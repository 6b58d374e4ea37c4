/**
 * Named tests: the situations that everybody asks about, told in a few lines. Most begin with what is on the disks and
 * let the servers go on by themselves; a line between is a write, a crash, or a link that is cut.
 */
import type { Sid } from '../../spec/zxid.js';
import type { Capability, WireDisk } from './protocol.js';
import type { Action, Possible, Setup, Trial } from './trial.js';
import { settle } from './walk.js';

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  readonly needs: readonly Capability[];
  readonly setup: Setup;
  readonly play: (trial: Trial) => Promise<void>;
}

/** A disk from the zxids of its log, like `1:1 1:2`; its epochs are those of the last one unless they are given. */
export const diskOf = (
  zxids: string,
  epochs: Partial<Pick<WireDisk, 'acceptedEpoch' | 'currentEpoch'>> = {},
): WireDisk => {
  const log = zxids
    .split(' ')
    .filter((one) => one !== '')
    .map((one) => {
      const [epoch, counter] = one.split(':').map(Number);
      return { zxid: [epoch!, counter!] as [number, number], payload: `${epoch}:${counter}`, origin: 1 };
    });
  const epoch = log.at(-1)?.zxid[0] ?? 0;
  return { acceptedEpoch: epoch, currentEpoch: epoch, log, ...epochs };
};

const setup = (disks: Setup['disks'] = {}, more: Partial<Setup> = {}): Setup => ({
  voters: [1, 2, 3],
  observers: [],
  hold: false,
  disks,
  ...more,
});

/** Nobody leads where somebody should: then the servers differ from the specification before the scenario can go on. */
const leaderOf = (trial: Trial): Sid | undefined =>
  trial.sids.find((sid) => {
    const server = trial.candidates(sid)[0]?.server;
    return server?.state === 'LEADING' && server.phase === 'BROADCAST';
  });

const act = async (trial: Trial, action: Action): Promise<void> => {
  await trial.tryTo(action);
};

const write = (trial: Trial, server: Sid): Promise<void> =>
  act(trial, { do: 'request', server, payload: `w${trial.requests + 1}` });
const crash = (trial: Trial, server: Sid): Promise<void> => act(trial, { do: 'crash', server, kept: 0 });
const restart = (trial: Trial, server: Sid): Promise<void> => act(trial, { do: 'restart', server });

const cut = (trial: Trial, a: Sid, b: Sid): Promise<void> =>
  act(trial, { do: 'cut', from: Math.min(a, b), to: Math.max(a, b) });

const followersOf = (trial: Trial, leader: Sid): readonly Sid[] =>
  trial.setup.voters.filter((sid) => sid !== leader);

/** A script over the leader that the servers agree on first, and its followers. */
const withLeader =
  (play: (trial: Trial, leader: Sid, followers: readonly Sid[]) => Promise<void>) =>
  async (trial: Trial): Promise<void> => {
    await settle(trial);
    const leader = leaderOf(trial);
    if (leader === undefined) return;
    await play(trial, leader, followersOf(trial, leader));
  };

const untilDelivered = (type: string, to: Sid) => (one: Possible) =>
  one.action.do === 'deliver' &&
  one.action.to === to &&
  one.sees?.event.type === 'Receive' &&
  one.sees.event.message.type === type;

/** Lets everything go on but what is kept back. */
const keepingBack = (trial: Trial, back: (one: Possible) => boolean): Promise<void> => settle(trial, back);

const FULL: readonly Capability[] = ['request', 'crash'];

export const scenarios: readonly Scenario[] = [
  {
    name: 'first-write',
    summary: 'three empty servers elect a leader; a write there, and one at a follower',
    needs: ['request'],
    setup: setup(),
    play: withLeader(async (trial, leader, [follower]) => {
      await write(trial, leader);
      await settle(trial);
      await write(trial, follower!);
      await settle(trial);
    }),
  },
  {
    name: 'newest-history-leads',
    summary: 'the server with the newest history is elected, whatever its number',
    needs: ['disk', 'request'],
    setup: setup({ 1: diskOf('1:1 1:2'), 2: diskOf('1:1'), 3: diskOf('1:1') }),
    play: withLeader(async (trial, leader) => {
      await write(trial, leader);
      await settle(trial);
    }),
  },
  {
    name: 'newest-epoch-leads',
    summary: 'a shorter history of a later epoch wins over a longer one',
    needs: ['disk'],
    setup: setup({ 1: diskOf('1:1 2:1'), 2: diskOf('1:1 1:2 1:3'), 3: diskOf('1:1 1:2') }),
    play: (trial) => settle(trial),
  },
  {
    name: 'epochs-rise',
    summary: 'the new epoch is above all that a quorum has accepted',
    needs: ['disk'],
    setup: setup({
      1: diskOf('1:1', { acceptedEpoch: 7 }),
      2: diskOf('1:1', { acceptedEpoch: 5 }),
      3: diskOf('1:1', { acceptedEpoch: 2 }),
    }),
    play: (trial) => settle(trial),
  },
  {
    name: 'newest-history-comes-late',
    summary:
      'a server that is ahead of the elected leader joins before any quorum has: the leader refuses it',
    needs: ['disk', 'crash'],
    setup: setup({ 1: diskOf('1:1 1:2'), 2: diskOf('1:1'), 3: diskOf('1:1') }),
    play: async (trial) => {
      const back = (one: Possible): boolean => one.action.do === 'connect' && one.action.from === 2;
      await crash(trial, 1);
      await keepingBack(trial, back);
      await restart(trial, 1);
      await keepingBack(trial, back);
      await settle(trial);
    },
  },
  {
    name: 'old-leader-rejoins-by-trunc',
    summary: 'a server that was away comes back with a proposal that nobody else has',
    needs: ['disk', 'crash'],
    setup: setup({ 1: diskOf('1:1 1:2 1:3'), 2: diskOf('1:1 1:2'), 3: diskOf('1:1') }),
    play: async (trial) => {
      await crash(trial, 1);
      await settle(trial);
      await restart(trial, 1);
      await settle(trial);
    },
  },
  {
    name: 'divergent-rejoins-by-snap',
    summary: 'the same, but the new epoch has a write already',
    needs: ['disk', ...FULL],
    setup: setup({ 1: diskOf('1:1 1:2 1:3'), 2: diskOf('1:1 1:2'), 3: diskOf('1:1 1:2') }),
    play: async (trial) => {
      await crash(trial, 1);
      await settle(trial);
      const leader = leaderOf(trial);
      if (leader !== undefined) await write(trial, leader);
      await settle(trial);
      await restart(trial, 1);
      await settle(trial);
    },
  },
  {
    name: 'follower-catches-up-by-diff',
    summary: 'a follower misses two writes and comes back',
    needs: FULL,
    setup: setup(),
    play: withLeader(async (trial, leader, [follower]) => {
      await write(trial, leader);
      await settle(trial);
      await crash(trial, follower!);
      for (let i = 0; i < 2; i++) {
        await write(trial, leader);
        await settle(trial);
      }
      await restart(trial, follower!);
      await settle(trial);
    }),
  },
  {
    name: 'leader-crash-before-commit',
    summary: 'the leader dies with a proposal that reached nobody, the others write, it comes back',
    needs: FULL,
    setup: setup(),
    play: withLeader(async (trial, leader) => {
      await write(trial, leader);
      await settle(trial);
      await write(trial, leader);
      for (const follower of followersOf(trial, leader)) await cut(trial, leader, follower);
      await crash(trial, leader);
      await settle(trial);
      const next = leaderOf(trial);
      if (next !== undefined) await write(trial, next);
      await settle(trial);
      await restart(trial, leader);
      await settle(trial);
    }),
  },
  {
    name: 'leader-crash-after-one-has-it',
    summary: 'the leader dies once one follower has its proposal, which survives',
    needs: FULL,
    setup: setup(),
    play: withLeader(async (trial, leader, [follower]) => {
      await write(trial, leader);
      await act(trial, { do: 'deliver', from: leader, to: follower! });
      await crash(trial, leader);
      await settle(trial);
      await restart(trial, leader);
      await settle(trial);
    }),
  },
  {
    name: 'follower-joins-with-writes-under-way',
    summary: 'a follower comes back while a proposal has no quorum yet; the other one answers later',
    needs: FULL,
    setup: setup(),
    play: withLeader(async (trial, leader, [follower, other]) => {
      await write(trial, leader);
      await settle(trial);
      await crash(trial, follower!);
      const back = untilDelivered('PROPOSAL', other!);
      await keepingBack(trial, back);
      for (let i = 0; i < 2; i++) await write(trial, leader);
      await restart(trial, follower!);
      await keepingBack(trial, back);
      await settle(trial);
    }),
  },
  {
    name: 'link-breaks',
    summary: 'the link of a follower breaks in the middle of a write; it joins the same leader again',
    needs: ['request'],
    setup: setup(),
    play: withLeader(async (trial, leader, [follower]) => {
      await write(trial, leader);
      await act(trial, { do: 'deliver', from: leader, to: follower! });
      await cut(trial, leader, follower!);
      await settle(trial);
      await write(trial, leader);
      await settle(trial);
    }),
  },
  {
    name: 'leader-gives-up',
    summary: 'the leader gives up although nothing is wrong; a later epoch goes on',
    needs: ['request', 'timeout'],
    setup: setup(),
    play: withLeader(async (trial, leader) => {
      await write(trial, leader);
      await settle(trial);
      await act(trial, { do: 'Timeout', server: leader });
      await settle(trial);
      const next = leaderOf(trial);
      if (next !== undefined) await write(trial, next);
      await settle(trial);
    }),
  },
  {
    name: 'votes-lost',
    summary: 'the first votes are lost and have to be sent again',
    needs: ['resend'],
    setup: setup(),
    play: async (trial) => {
      for (const [from, to] of trial.network.pairs) await act(trial, { do: 'lose', from, to });
      await settle(trial);
    },
  },
  {
    name: 'older-epoch-refused',
    summary: 'a server that has accepted a newer epoch than the leader offers does not follow it',
    needs: ['disk', 'crash'],
    setup: setup({ 1: diskOf('1:1', { acceptedEpoch: 5 }), 2: diskOf('1:1'), 3: diskOf('1:1') }),
    play: async (trial) => {
      await crash(trial, 1);
      await settle(trial);
      await restart(trial, 1);
      await settle(trial);
    },
  },
  {
    name: 'vote-of-an-earlier-round',
    summary: 'a vote of the first round reaches servers that are in the second, and is answered',
    needs: ['crash', 'timeout'],
    setup: setup(),
    play: async (trial) => {
      const isLater = ({ sees }: Possible): boolean =>
        sees?.event.type === 'Notified' && sees.event.notification.electionEpoch > 1;
      await crash(trial, 3);
      await settle(trial, isLater);
      await restart(trial, 3);
      await settle(trial, isLater);
      await settle(trial);
    },
  },
  {
    name: 'late-server-joins',
    summary: 'a server that comes up late finds the leader in office by its followers',
    needs: ['crash', 'request'],
    setup: setup(),
    play: async (trial) => {
      await crash(trial, 3);
      await settle(trial);
      const leader = leaderOf(trial);
      if (leader !== undefined) await write(trial, leader);
      await settle(trial);
      await restart(trial, 3);
      await settle(trial);
    },
  },
  {
    name: 'observer',
    summary: 'two voters and an observer: it learns, forwards a write, and does not count',
    needs: ['observers', 'request'],
    setup: setup({}, { voters: [1, 2], observers: [3] }),
    play: withLeader(async (trial, leader) => {
      await write(trial, leader);
      await settle(trial);
      await write(trial, 3);
      await settle(trial);
      await cut(trial, leader, 3);
      await write(trial, leader);
      await settle(trial);
    }),
  },
  {
    name: 'observer-is-no-quorum',
    summary: 'one of two voters is away: the other and an observer are no quorum for anything',
    needs: ['observers', 'crash'],
    setup: setup({}, { voters: [1, 2], observers: [3] }),
    play: async (trial) => {
      await crash(trial, 1);
      await settle(trial);
      await restart(trial, 1);
      await settle(trial);
    },
  },
  {
    name: 'nothing-before-it-is-durable',
    summary: 'writes reach the disks one by one; a follower loses what was pending',
    needs: ['hold', ...FULL],
    setup: setup({}, { hold: true }),
    play: withLeader(async (trial, leader, [follower, other]) => {
      await write(trial, leader);
      await act(trial, { do: 'deliver', from: leader, to: follower! });
      await act(trial, { do: 'deliver', from: leader, to: other! });
      await crash(trial, follower!);
      await settle(trial);
      await restart(trial, follower!);
      await settle(trial);
    }),
  },
  {
    name: 'five-servers-two-down',
    summary: 'five servers, of which two fail after a write',
    needs: FULL,
    setup: setup({}, { voters: [1, 2, 3, 4, 5] }),
    play: withLeader(async (trial, leader, followers) => {
      await write(trial, leader);
      await settle(trial);
      await crash(trial, leader);
      await crash(trial, followers[0]!);
      await settle(trial);
      const next = leaderOf(trial);
      if (next !== undefined) await write(trial, next);
      await settle(trial);
    }),
  },
];
