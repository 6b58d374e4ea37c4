/**
 * The coarse grains of election, in which the environment elects. `oracle`: any looking voter starts to lead, any
 * looking server follows any leader, whatever their histories; discovery has to cope. `atomic`: a leader that is best
 * of a quorum, and that quorum behind it, in one step; fewer behaviours than Fast Leader Election has.
 */
import { hasMajority, isVoter } from '../../spec/config.js';
import { isBetterVote } from '../../spec/election.js';
import { lastZxid } from '../../spec/history.js';
import type { Looking } from '../../spec/server.js';
import type { Sid } from '../../spec/zxid.js';
import { type Group, group, type Outcome, read } from '../model.js';
import { carry, Writes } from './carry.js';
import { type Context, orderedPairs } from './context.js';
import type { Partitions } from './slots.js';
import { isLeading, isLeft, isLooking, stands, whileLooking } from './views.js';

const leadGroup = ({ config, options, slots }: Context, sid: Sid): Group =>
  group({
    name: `lead ${sid}`,
    urgency: 'progress',
    when: [read(slots.server[sid]!, stands(config)), read(slots.budgets, isLeft('elections'))],
    reads: [read(slots.server[sid]!)],
    outcomes: ([server]) => {
      const writes = new Writes().operate(slots.budgets, 'elections');
      const event = { type: 'Elected', leader: sid } as const;
      const { handler } = carry(config, slots, options.persistence, writes, server!, event);
      return [writes.outcome({ name: handler, server: sid })];
    },
  });

const followGroup = ({ config, options, slots }: Context, learner: Sid, leader: Sid): Group =>
  group({
    name: `follow ${learner}-${leader}`,
    urgency: 'progress',
    when: [read(slots.server[learner]!, isLooking), read(slots.server[leader]!, isLeading)],
    reads: [read(slots.server[learner]!)],
    outcomes: ([server]) => {
      const writes = new Writes();
      const event = { type: 'Elected', leader } as const;
      const { handler } = carry(config, slots, options.persistence, writes, server!, event);
      return [writes.outcome({ name: handler, server: learner, leader })];
    },
  });

const subsets = (sids: readonly Sid[]): readonly (readonly Sid[])[] =>
  sids.reduce<readonly (readonly Sid[])[]>(
    (all, sid) => [...all, ...all.map((some) => [...some, sid])],
    [[]],
  );

const voteOf = (server: Looking) => ({
  leader: server.sid,
  zxid: lastZxid(server.history),
  peerEpoch: server.currentEpoch,
});

/** Every quorum of looking voters that can talk, each with its best behind which the others line up. */
const atomicGroup = ({ config, options, slots }: Context): Group =>
  group({
    name: 'elect',
    urgency: 'progress',
    when: [read(slots.budgets, isLeft('elections'))],
    reads: [...config.voters.map((sid) => read(slots.server[sid]!, whileLooking)), read(slots.partitions)],
    outcomes: (values: readonly unknown[]) => {
      const partitions = values.at(-1) as Partitions;
      const looking = (values.slice(0, -1) as readonly (Looking | null)[]).filter(
        (server) => server !== null,
      );
      const quorums = subsets(looking.map(({ sid }) => sid)).filter(
        (quorum) =>
          hasMajority(config, quorum) &&
          !partitions.some(([a, b]) => quorum.includes(a) && quorum.includes(b)),
      );
      const electing = quorums.filter((quorum) =>
        looking.some((server) => quorum.includes(server.sid) && config.rules.mayStand(server)),
      );
      return electing.map((quorum): Outcome => {
        const members = looking.filter(({ sid }) => quorum.includes(sid));
        const candidates = members.filter((member) => config.rules.mayStand(member));
        const best = candidates.reduce((a, b) => (isBetterVote(config, voteOf(b), voteOf(a)) ? b : a));
        const writes = new Writes().operate(slots.budgets, 'elections');
        for (const member of members)
          carry(config, slots, options.persistence, writes, member, { type: 'Elected', leader: best.sid });
        return writes.outcome({ name: 'elect', server: best.sid, quorum });
      });
    },
  });

export const electionGroups = (context: Context): readonly Group[] => {
  const { config, options, slots } = context;
  if (options.election === 'fle') return [];
  const follow = orderedPairs(slots.sids)
    .filter(([, leader]) => isVoter(config, leader))
    .map(([learner, leader]) => followGroup(context, learner, leader));
  return options.election === 'oracle'
    ? [...follow, ...config.voters.map((sid) => leadGroup(context, sid))]
    : [...follow, atomicGroup(context)];
};
