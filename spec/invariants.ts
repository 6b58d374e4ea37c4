/**
 * What must always hold, as predicates over what each server shows of itself and over the ghost. A predicate returns
 * what offends it, or null. The checker binds them to its slots; see checker/zab/properties.ts.
 */
import type { Config } from './config.js';
import { committedOf, type Establishment, type Ghost, isPrefix, sameTxn } from './ghost.js';
import type { Txn } from './history.js';
import type { Server } from './server.js';
import { epochOf, type Sid } from './zxid.js';

/** What a server shows, by what the invariants look at. Of a server that is down, nothing. */
export interface Delivered {
  readonly sid: Sid;
  readonly committed: readonly Txn[];
}

export interface Held extends Delivered {
  readonly accepted: readonly Txn[];
}

export interface Role {
  readonly sid: Sid;
  readonly state: Server['state'];
  readonly phase: 'ELECTION' | 'DISCOVERY' | 'SYNCHRONIZATION' | 'BROADCAST';
  readonly currentEpoch: number;
}

export interface Shown extends Held, Role {
  readonly acceptedEpoch: number;
}

export const showDelivered = (server: Server | null): Delivered | null =>
  server && { sid: server.sid, committed: committedOf(server) };

export const showHeld = (server: Server | null): Held | null =>
  server && { ...showDelivered(server)!, accepted: server.history.entries };

export const showRole = (server: Server | null): Role | null =>
  server && {
    sid: server.sid,
    state: server.state,
    phase: server.state === 'LOOKING' ? 'ELECTION' : server.phase,
    currentEpoch: server.currentEpoch,
  };

export const show = (server: Server | null): Shown | null =>
  server && {
    ...showRole(server)!,
    ...showHeld(server)!,
    acceptedEpoch: server.acceptedEpoch,
  };

type Servers<S = Shown> = readonly (S | null)[];
type Offence = unknown;

const up = <S>(servers: Servers<S>): readonly S[] => servers.filter((server) => server !== null);

/** The first offence among several candidates. */
const first = <T>(candidates: readonly T[], offence: (candidate: T) => Offence | null): Offence | null => {
  for (const candidate of candidates) {
    const found = offence(candidate);
    if (found !== null) return found;
  }
  return null;
};

const epochsOf = (txns: readonly Txn[]): readonly number[] => [
  ...new Set(txns.map((txn) => epochOf(txn.zxid))),
];

const ofEpoch = (txns: readonly Txn[], epoch: number): readonly Txn[] =>
  txns.filter((txn) => epochOf(txn.zxid) === epoch);

export const singleLeader = (established: Ghost['established'], servers: Servers<Role>): Offence | null => {
  const twice = Object.entries(established).find(([, leaders]) => leaders.length > 1);
  if (twice) return { epoch: Number(twice[0]), established: twice[1].map(({ leader }) => leader) };
  const leading = up(servers).filter(
    ({ state, phase }) => state === 'LEADING' && (phase === 'SYNCHRONIZATION' || phase === 'BROADCAST'),
  );
  return first(leading, (a) => {
    const b = leading.find((other) => other.sid > a.sid && other.currentEpoch === a.currentEpoch);
    return b ? { epoch: a.currentEpoch, leading: [a.sid, b.sid] } : null;
  });
};

export const commitDurability = (
  established: Ghost['established'],
  committed: readonly Txn[],
): Offence | null =>
  first(Object.entries(established), ([epoch, leaders]) =>
    first(leaders, ({ leader, history }: Establishment) => {
      const lost = committed.find(
        (txn) => epochOf(txn.zxid) < Number(epoch) && !history.some((held) => sameTxn(held, txn)),
      );
      return lost ? { epoch: Number(epoch), leader, lost } : null;
    }),
  );

/** `recoverable` is given for voters alone. */
export const quorumDurability = (
  committed: readonly Txn[],
  recoverable: readonly (readonly Txn[])[],
): Offence | null =>
  first(committed, (txn) => {
    const holders = recoverable.filter((txns) => txns.some((held) => sameTxn(held, txn))).length;
    return 2 * holders > recoverable.length ? null : { txn, holders, voters: recoverable.length };
  });

export const prefixConsistency = (committed: readonly Txn[], servers: Servers<Delivered>): Offence | null =>
  first(up(servers), ({ sid, committed: own }) => {
    const index = own.findIndex((txn, i) => i < committed.length && !sameTxn(txn, committed[i]));
    return index < 0 ? null : { server: sid, index, delivered: own[index], committed: committed[index] };
  });

export const integrity = (broadcast: Ghost['broadcast'], servers: Servers<Held>): Offence | null =>
  first(up(servers), ({ sid, committed, accepted }) => {
    const invented = committed.find(
      (txn) => !broadcast[epochOf(txn.zxid)]?.some((proposed) => sameTxn(proposed, txn)),
    );
    if (invented) return { server: sid, invented };
    const twice = accepted.find((txn, i) => accepted.findIndex((other) => other.zxid === txn.zxid) !== i);
    return twice ? { server: sid, twice } : null;
  });

/** For every epoch, not for some: an "exists" would hold of any transaction and itself. */
export const localPrimaryOrder = (
  broadcast: Ghost['broadcast'],
  established: Ghost['established'],
  servers: Servers<Delivered>,
): Offence | null =>
  first(up(servers), ({ sid, committed }) => {
    const epochs = epochsOf(committed);
    return first(epochs, (epoch) => {
      const delivered = ofEpoch(committed, epoch);
      const later = epochs.find((other) => other > epoch);
      const histories = later === undefined ? [] : (established[later] ?? []);
      const allowed = [broadcast[epoch] ?? [], ...histories.map(({ history }) => ofEpoch(history, epoch))];
      return allowed.some((sequence) => isPrefix(delivered, sequence))
        ? null
        : { server: sid, epoch, delivered, broadcast: broadcast[epoch] ?? [] };
    });
  });

export const globalPrimaryOrder = (servers: Servers<Delivered>): Offence | null =>
  first(up(servers), ({ sid, committed }) => {
    const index = committed.findIndex(
      (txn, i) => i > 0 && epochOf(txn.zxid) < epochOf(committed[i - 1]!.zxid),
    );
    return index < 0 ? null : { server: sid, before: committed[index - 1], after: committed[index] };
  });

/** Each leader with each of its followers, both in broadcast in the same epoch. */
const pairs = (servers: Servers): readonly (readonly [Shown, Shown])[] => {
  const broadcasting = up(servers).filter(({ phase }) => phase === 'BROADCAST');
  return broadcasting
    .filter((leader) => leader.state === 'LEADING' && leader.acceptedEpoch === leader.currentEpoch)
    .flatMap((leader) =>
      broadcasting
        .filter((follower) => follower.state === 'FOLLOWING' && follower.currentEpoch === leader.currentEpoch)
        .map((follower) => [leader, follower] as const),
    );
};

export const commitConsistency = (servers: Servers): Offence | null =>
  first(pairs(servers), ([leader, follower]) =>
    isPrefix(follower.committed, leader.committed)
      ? null
      : {
          follower: follower.sid,
          committed: follower.committed,
          leader: leader.sid,
          leaderCommitted: leader.committed,
        },
  );

export const historyConsistency = (servers: Servers): Offence | null =>
  first(pairs(servers), ([leader, follower]) =>
    isPrefix(follower.accepted, leader.accepted)
      ? null
      : {
          follower: follower.sid,
          accepted: follower.accepted,
          leader: leader.sid,
          leaderAccepted: leader.accepted,
        },
  );

export const acknowledgedNotLost = (answeredEarly: Ghost['answeredEarly']): Offence | null =>
  answeredEarly.length === 0 ? null : { answeredButNotCommitted: answeredEarly };

export const observersDoNotCount = (observerQuorums: Ghost['observerQuorums']): Offence | null =>
  observerQuorums[0] ?? null;

// --- corollaries: implied by the above, which property tests show

/** If one server delivers a and another b, then the one also delivers b or the other a. */
export const agreement = (servers: Servers<Delivered>): Offence | null => {
  const delivered = up(servers);
  const has = (server: Delivered, txn: Txn) => server.committed.some((other) => sameTxn(other, txn));
  return first(delivered, (f) =>
    first(delivered, (g) =>
      first(f.committed, (a) =>
        first(g.committed, (b) => (has(g, a) || has(f, b) ? null : { servers: [f.sid, g.sid], a, b })),
      ),
    ),
  );
};

/** If some server delivers a before b, any that delivers b delivers a before it. */
export const totalOrder = (servers: Servers<Delivered>): Offence | null => {
  const delivered = up(servers);
  const at = (server: Delivered, txn: Txn) => server.committed.findIndex((other) => sameTxn(other, txn));
  return first(delivered, (f) =>
    first(delivered, (g) =>
      first(f.committed.slice(1), (b) => {
        const [inF, inG] = [at(f, b), at(g, b)];
        if (inG < 0) return null;
        const missing = f.committed.slice(0, inF).find((a) => at(g, a) < 0 || at(g, a) > inG);
        return missing ? { servers: [f.sid, g.sid], a: missing, b } : null;
      }),
    ),
  );
};

/** If the primary of e broadcast anything and b of an earlier epoch is ever delivered, b is in e's initial history. */
export const primaryIntegrity = (
  broadcast: Ghost['broadcast'],
  established: Ghost['established'],
  committed: readonly Txn[],
): Offence | null =>
  first(Object.keys(broadcast).map(Number), (epoch) =>
    first(established[epoch] ?? [], ({ leader, history }) => {
      const missing = committed.find(
        (txn) => epochOf(txn.zxid) < epoch && !history.some((held) => sameTxn(held, txn)),
      );
      return missing ? { epoch, leader, missing } : null;
    }),
  );

/** Whether some majority of the voters is up and can talk, each with each. */
export const hasConnectedQuorum = (
  config: Config,
  isUp: (sid: Sid) => boolean,
  connected: (a: Sid, b: Sid) => boolean,
): boolean => {
  const able = config.voters.filter(isUp);
  const needed = Math.floor(config.voters.length / 2) + 1;
  const grow = (chosen: readonly Sid[], from: number): boolean =>
    chosen.length >= needed ||
    able.some(
      (sid, i) =>
        i >= from && chosen.every((other) => connected(other, sid)) && grow([...chosen, sid], i + 1),
    );
  return grow([], 0);
};
