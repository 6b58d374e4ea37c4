/**
 * What a server knows of its ensemble for as long as it lives, and the rules that it goes by. A configuration is not
 * part of any state. Bounds and budgets are no concern of the specification: they live in the checker's models.
 */
import type { Rules } from './rules.js';
import type { Sid } from './zxid.js';

export interface Config {
  /** Ascending. */
  readonly voters: readonly Sid[];
  /** Ascending, none of them a voter. */
  readonly observers: readonly Sid[];
  /** `fle`: servers vote. `coarse`: the environment elects (event `Elected`), and nobody votes. */
  readonly election: 'fle' | 'coarse';
  /** Number of committed transactions that a server holds in memory. ZooKeeper: commitLogCount, 500. */
  readonly window: number;
  readonly rules: Rules;
}

export const isVoter = (config: Config, sid: Sid): boolean => config.voters.includes(sid);

/** More than half of the voters. ZooKeeper: QuorumMaj.containsQuorum. */
export const hasMajority = (config: Config, sids: readonly Sid[]): boolean =>
  2 * sids.filter((sid) => isVoter(config, sid)).length > config.voters.length;

/** Adds to an ascending set. */
export const include = (sids: readonly Sid[], sid: Sid): readonly Sid[] =>
  sids.includes(sid)
    ? sids
    : [...sids.filter((other) => other < sid), sid, ...sids.filter((other) => other > sid)];
