/**
 * The ghost: what an omniscient observer remembers of a run, as a fold over observations. No server reads it; only
 * invariants and goals do. It records no order that no invariant reads, so that it splits few states.
 */
import { produce } from 'immer';
import { type Config, hasMajority, isVoter } from './config.js';
import { type Txn, upTo } from './history.js';
import type { Server } from './server.js';
import type { Observation } from './step.js';
import { epochOf, type Sid, type Zxid } from './zxid.js';

export interface Establishment {
  readonly leader: Sid;
  readonly history: readonly Txn[];
}

export interface Ghost {
  /** By epoch: every time that a leader was established in it. */
  readonly established: Readonly<Record<number, readonly Establishment[]>>;
  /** By epoch: what its primary proposed, in order. */
  readonly broadcast: Readonly<Record<number, readonly Txn[]>>;
  /** G: the longest committed sequence that any server has shown. */
  readonly committed: readonly Txn[];
  /** Zxids whose client was answered before they were in `committed`. */
  readonly answeredEarly: readonly Zxid[];
  /** What was taken for a quorum only because an observer was counted. */
  readonly observerQuorums: readonly { readonly of: string; readonly sids: readonly Sid[] }[];
}

export const EMPTY_GHOST: Ghost = {
  established: {},
  broadcast: {},
  committed: [],
  answeredEarly: [],
  observerQuorums: [],
};

/** What the ghost is told: observations of a step, and what a server now takes to be committed. */
export type Seen = Observation | { readonly type: 'committed'; readonly txns: readonly Txn[] };

export const sameTxn = (a: Txn | undefined, b: Txn | undefined): boolean =>
  a?.zxid === b?.zxid && a?.payload === b?.payload;

export const isPrefix = (a: readonly Txn[], b: readonly Txn[]): boolean =>
  a.length <= b.length && a.every((txn, i) => sameTxn(txn, b[i]));

/** What this server has delivered, or may deliver at once: its committed prefix. */
export const committedOf = (server: Server): readonly Txn[] => upTo(server.history, server.committed);

/** Folds one observation. Those that only properties of actions are about change nothing. */
export const remember = (config: Config, ghost: Ghost, seen: Seen): Ghost =>
  produce(ghost, (draft) => {
    const { established, broadcast } = draft as { -readonly [K in keyof Ghost]: any };
    if (seen.type === 'committed') {
      if (isPrefix(ghost.committed, seen.txns)) draft.committed = [...seen.txns];
    } else if (seen.type === 'established') {
      const { leader, history } = seen;
      (established[seen.epoch] ??= []).push({ leader, history });
    } else if (seen.type === 'broadcast') {
      (broadcast[epochOf(seen.txn.zxid)] ??= []).push(seen.txn);
    } else if (seen.type === 'answered') {
      if (!ghost.committed.some((txn) => txn.zxid === seen.zxid)) draft.answeredEarly.push(seen.zxid);
    } else if (seen.type === 'quorum') {
      const { of, sids } = seen;
      if (!sids.every((sid) => isVoter(config, sid)) && !hasMajority(config, sids))
        draft.observerQuorums.push({ of, sids: [...sids] });
    }
  });
