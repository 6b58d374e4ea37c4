/**
 * Shrinks a test that failed to a short one: delta debugging over its actions, each attempt from a reset. Whatever is not
 * possible any more on the way is passed over. At the end no action can be left out.
 */

import type { Rules } from '../../spec/rules.js';
import type { Hosts } from './hosts.js';
import { type Played, replay } from './play.js';
import type { Action, Setup } from './trial.js';

export interface Failing {
  readonly setup: Setup;
  readonly actions: readonly Action[];
}

/** Attempts, so that a slow adapter does not keep anybody waiting for ever. */
const MOST_ATTEMPTS = 400;

export const shrink = async (
  hosts: Hosts,
  rules: Rules,
  failing: Failing,
  first: Played,
): Promise<Played> => {
  let best = first;
  let attempts = 0;
  const attempt = async (actions: readonly Action[]): Promise<boolean> => {
    if (++attempts > MOST_ATTEMPTS) return false;
    const played = await replay(hosts, rules, { setup: failing.setup, actions });
    if (played.kind !== 'failed') return false;
    if (played.actions.length >= best.actions.length) return false;
    best = played;
    return true;
  };
  for (let length = Math.max(1, best.actions.length >> 1); length >= 1; length >>= 1) {
    let shrunk = true;
    // Single actions are tried until none can go.
    while (shrunk) {
      shrunk = false;
      for (let from = 0; from < best.actions.length; from += length) {
        const rest = [...best.actions.slice(0, from), ...best.actions.slice(from + length)];
        if (await attempt(rest)) {
          shrunk = length === 1;
          from -= length;
        }
      }
    }
  }
  return best;
};
