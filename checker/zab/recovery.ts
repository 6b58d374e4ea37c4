/**
 * Recovery of the Zab model: from now on nothing new goes wrong. Deliveries, flushes, internal steps, connections,
 * justified timers, restarts, heals, and one fresh request; at most two further elections a server. All is well where a
 * leader is established, a quorum behind it has committed the fresh request, and whoever is up follows it.
 */
import { hasMajority } from '../../spec/config.js';
import { committedOf, EMPTY_GHOST } from '../../spec/ghost.js';
import type { Server } from '../../spec/server.js';
import type { Sid } from '../../spec/zxid.js';
import { apply, type Group, type Outcome, type Read, read, type View } from '../model.js';
import type { Recovery } from '../recovery/definition.js';
import { zabActions } from './actions.js';
import type { Context } from './context.js';
import { electionGroups } from './elections.js';
import { environmentGroups } from './environment.js';
import type { ZabOptions } from './options.js';
import { protocolGroups } from './protocol.js';
import type { Budgets } from './slots.js';
import { isBusy, isLeft, stands } from './views.js';

const FURTHER_ELECTIONS = 2;

/** The first of these that fits the name of a group is its place in the fair schedule. */
const SCHEDULE: readonly RegExp[] = [
  /^heal /,
  /^restart /,
  /^closed /,
  /^deliver /,
  /^flush /,
  / turn /,
  /^notify /,
  /^timeout .*(down|cut off|no quorum to come|quorum lost)$/,
  /^connect /,
  /^finalizeWait /,
  /^follow /,
  /^lead |^elect$/,
  /^request /,
  /^resend /,
  /^timeout .*all is silent$/,
];

const place = ({ name }: Group): number => SCHEDULE.findIndex((pattern) => pattern.test(name));

/** What the environment may still do; all that is not its choice counts anyhow. */
const isAllowed = (group: Group): boolean =>
  group.urgency !== 'environment' || /^(heal|restart|request) /.test(group.name);

/** There is no further fault, and restarts and the one request are granted whatever the search granted. */
const recoveryOptions = (options: ZabOptions): ZabOptions => ({
  ...options,
  txns: 1,
  restarts: 'free',
  rounds: 'unbounded',
  timeouts: 0,
  cuts: 0,
  losses: 0,
  duplicates: 0,
});

const begun = (sids: readonly Sid[]): View<Budgets, Budgets> => ({
  name: 'granted for recovery',
  of: ({ nextTxn }) => ({
    txns: 1,
    crashes: 0,
    timeouts: 0,
    partitions: 0,
    cuts: 0,
    losses: 0,
    duplicates: 0,
    elections: FURTHER_ELECTIONS * sids.length,
    nextTxn,
  }),
});

/** No action reads the ghost, and what it remembers would only keep runs from merging. */
const withoutGhost = (group: Group, { slots }: Context): Group => ({
  ...group,
  outcomes: (values) =>
    group
      .outcomes(values)
      .map(({ action, writes }) => ({ action, writes: writes.filter(({ slot }) => slot !== slots.ghost) })),
});

/** Whether a server that was not looking looks for a leader after this. */
const givesUp = ({ action, writes }: Outcome, { slots }: Context): boolean =>
  !/^(looking|restart|answer|elect)/.test(action.name) &&
  writes.some(
    (write) =>
      'value' in write &&
      slots.sids.some((sid) => slots.server[sid] === write.slot) &&
      (write.value as Server | null)?.state === 'LOOKING',
  );

/** Under Fast Leader Election nobody grants elections, so that each server that gives up its role is counted as one. */
const counted = (group: Group, context: Context): Group => {
  const { slots } = context;
  const arity = group.reads.length;
  return {
    ...group,
    reads: [...group.reads, read(slots.budgets, isLeft('elections'))],
    outcomes: (values) =>
      group.outcomes(values.slice(0, arity)).flatMap((outcome) => {
        if (!givesUp(outcome, context)) return [outcome];
        const spent = { ...outcome, writes: [...outcome.writes, apply(slots.budgets, ['elections'])] };
        return values[arity] ? [spent] : [];
      }),
  };
};

/** What matters of a server in broadcast: whom it follows or is, in which epoch, and the payloads that it has committed. */
interface Standing {
  readonly leader: Sid;
  readonly epoch: number;
  readonly payloads: readonly unknown[];
}
const standing: View<Server | null, Standing | 'down' | null> = {
  name: 'standing',
  of: (server) => {
    if (server === null) return 'down';
    if (server.state === 'LOOKING' || server.phase !== 'BROADCAST') return null;
    return {
      leader: server.state === 'LEADING' ? server.sid : server.leader,
      epoch: server.currentEpoch,
      payloads: committedOf(server).map(({ payload }) => payload),
    };
  },
};

/** The number of the fresh request, once it has been made. */
const fresh: View<Budgets, number | null> = {
  name: 'fresh request',
  of: ({ txns, nextTxn }) => (txns === 0 ? nextTxn - 1 : null),
};

const recovered = ({ config, slots }: Context): Recovery['recovered'] => ({
  claim: 'a leader is established, a quorum behind it commits a fresh request, and whoever is up follows it.',
  reads: [
    read(slots.budgets, fresh),
    ...slots.sids.map((sid) => read(slots.server[sid]!, standing)),
  ] as readonly Read<any>[],
  holds: ([request, ...servers]: readonly any[]) => {
    if (request === null) return false;
    const standings = servers as readonly (Standing | 'down' | null)[];
    return config.voters.some((leader, i) => {
      const at = standings[i];
      if (!at || at === 'down' || at.leader !== leader) return false;
      const follows = (one: Standing | 'down' | null | undefined): one is Standing =>
        Boolean(one) && one !== 'down' && one?.leader === leader && one.epoch === at.epoch;
      const committing = slots.sids.filter((_, j) => {
        const one = standings[j];
        return follows(one) && one.payloads.includes(request);
      });
      return hasMajority(config, committing) && standings.every((one) => one === 'down' || follows(one));
    });
  },
});

/** Somebody would start a further election, if there were one left. */
const exhausted = ({ config, slots }: Context): Recovery['exhausted'] => {
  const wouldElect = config.election === 'fle' ? isBusy : stands(config);
  return {
    claim: 'no further election is granted',
    reads: [
      read(slots.budgets, isLeft('elections')),
      ...config.voters.map((sid) => read(slots.server[sid]!, wouldElect)),
    ],
    holds: ([isAnyLeft, ...would]) => !isAnyLeft && would.includes(true),
  };
};

export const zabRecovery = (of: Context): Recovery => {
  const options = recoveryOptions(of.options);
  const context: Context = { ...of, options };
  const { slots, config } = context;
  const groups = [...protocolGroups(context), ...electionGroups(context), ...environmentGroups(context)]
    .filter(isAllowed)
    .map((group) => withoutGhost(group, context));
  return {
    begin: [
      { slot: slots.budgets, view: begun(slots.sids) },
      { slot: slots.ghost, view: { name: 'forgotten', of: () => EMPTY_GHOST } },
    ],
    groups: (config.election === 'fle' ? groups.map((group) => counted(group, context)) : groups).sort(
      (a, b) => place(a) - place(b),
    ),
    actions: zabActions(options, config.rules),
    recovered: recovered(context),
    exhausted: exhausted(context),
  };
};
