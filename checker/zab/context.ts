/** What every group of the Zab model is made from. */
import type { Config } from '../../spec/config.js';
import type { Sid } from '../../spec/zxid.js';
import { type Read, read } from '../model.js';
import type { ZabOptions } from './options.js';
import type { Slots } from './slots.js';
import { hasRoom, mayLookAgain } from './views.js';

export interface Context {
  readonly config: Config;
  readonly options: ZabOptions;
  readonly slots: Slots;
}

/** Every ordered pair of two different servers. */
export const orderedPairs = (sids: readonly Sid[]): readonly (readonly [Sid, Sid])[] =>
  sids.flatMap((a) => sids.filter((b) => b !== a).map((b) => [a, b] as const));

/** Every unordered pair, ascending. */
export const pairs = (sids: readonly Sid[]): readonly (readonly [Sid, Sid])[] =>
  orderedPairs(sids).filter(([a, b]) => a < b);

/** Whether a server may still give up what it does and look for a leader: always, unless rounds are bounded. */
export const mayGiveUp = ({ config, options, slots }: Context, sid: Sid): readonly Read<boolean>[] =>
  config.election === 'fle' && options.rounds !== 'unbounded'
    ? [read(slots.server[sid]!, mayLookAgain(options.rounds))]
    : [];

/** Whether another vote may arrive: always, unless the variant queues votes and the bound is reached. */
export const mayReceiveVote = ({ config, options, slots }: Context, sid: Sid): readonly Read<boolean>[] =>
  config.rules.receiveQueue > 0 && options.receiveQueue !== 'unbounded'
    ? [read(slots.server[sid]!, hasRoom(options.receiveQueue))]
    : [];
