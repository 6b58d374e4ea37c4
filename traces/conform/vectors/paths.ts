/**
 * What a path of the Zab model gives to each server: a transition of the model as the events that its servers see. The
 * model's groups are named for what they do.
 */

import { same } from '../../../checker/canonical.js';
import type { Action, Model } from '../../../checker/model.js';
import { enabled, initialState, named, type State, type Successor } from '../../../checker/plain.js';
import type { ZabOptions } from '../../../checker/zab/options.js';
import { reachStart, scriptModel } from '../../../checker/zab/starts.js';
import type { Disk } from '../../../spec/disk.js';
import type { Server } from '../../../spec/server.js';
import type { Sid } from '../../../spec/zxid.js';
import type { Given } from './lone.js';

export interface Seen {
  readonly sid: Sid;
  readonly given: Given;
}

type Slots = Readonly<Record<string, any>>;

const head = (slots: Slots, name: string): any => slots[name].queue[0];

const connecting = (slots: Slots, learner: Sid, leader: Sid): readonly Seen[] => {
  const server = slots[`server ${leader}`] as Server;
  const old = server.state === 'LEADING' && learner in server.learners;
  return [
    ...(old ? [{ sid: leader, given: { type: 'Closed', peer: learner } } as const] : []),
    { sid: leader, given: { type: 'Accepted', peer: learner } },
    { sid: learner, given: { type: 'Connected', peer: leader } },
  ];
};

/** What a transition from this state lets servers see; nothing, of what only the network sees. */
export const seenIn = (
  slots: Slots,
  { group, outcome }: Pick<Successor, 'group' | 'outcome'>,
): readonly Seen[] => {
  const [what, where = ''] = group.name.split(/[ :]+/);
  const [a, b] = where.split('-').map(Number) as [Sid, Sid];
  const { action } = outcome;
  const one = (sid: Sid, given: Given): readonly Seen[] => [{ sid, given }];
  switch (what) {
    case 'deliver':
      return one(b, { type: 'Receive', from: a, message: head(slots, `link ${where}`) });
    case 'notify':
    case 'duplicate':
      return one(b, { type: 'Notified', from: a, notification: head(slots, `election ${where}`) });
    case 'closed':
      return one(b, { type: 'Closed', peer: a });
    case 'connect':
      return connecting(slots, a, b);
    case 'finalizeWait':
      return one(a, { type: 'FinalizeWait' });
    case 'resend':
      return one(a, { type: 'Resend' });
    case 'flush':
      return one(a, { type: 'Flushed', operation: (slots[`disk ${a}`] as Disk).pending[0]! });
    case 'request':
      return one(a, { type: 'Request', request: { payload: action.txn as number, origin: a } });
    case 'crash':
      return one(a, { type: 'Crash', kept: (action.kept as number | undefined) ?? 0 });
    case 'restart':
      return one(a, { type: 'Boot' });
    case 'timeout':
      return one(a, { type: 'Timeout' });
    case 'lead':
      return one(a, { type: 'Elected', leader: a });
    case 'follow':
      return one(a, { type: 'Elected', leader: b });
    case 'elect': {
      const { server, quorum } = action as unknown as { server: Sid; quorum: readonly Sid[] };
      return quorum.map((sid) => ({ sid, given: { type: 'Elected', leader: server } }));
    }
    default:
      return [];
  }
};

const follow = (model: Model, path: readonly Action[], seen: Seen[]): State => {
  let state = initialState(model);
  for (const action of path) {
    const next = enabled(model, state).find(({ outcome }) => same(outcome.action, action));
    if (next === undefined) throw new Error(`${action.name} is not enabled on the way`);
    seen.push(...seenIn(named(model, state), next));
    ({ state } = next);
  }
  return state;
};

/** What servers see from the cold start on along a path of the model. */
export const seenAlong = (model: Model, path: readonly Action[]): readonly Seen[] => {
  const options = model.config as ZabOptions;
  const seen: Seen[] = [];
  if (options.start !== 'cold') follow(scriptModel(options), reachStart(options).path, seen);
  follow(model, path, seen);
  return seen;
};
