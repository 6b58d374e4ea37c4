/**
 * Carries out what a server asks for: runs the reducer on one event (and, where persistence is synchronous, on the
 * flushes that follow from it), and collects the effects as one write a slot.
 */
import type { Config } from '../../spec/config.js';
import { committedOf, type Seen } from '../../spec/ghost.js';
import { step } from '../../spec/reducer.js';
import type { Server } from '../../spec/server.js';
import type { Effect, Event, Step } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import { same } from '../canonical.js';
import { type Action, apply, type Outcome, put, type Slot, type Write } from '../model.js';
import type { ElectionOperation, LinkOperation } from './channels.js';
import type { BudgetOperation, DiskSlotOperation, Slots } from './slots.js';

type Operation =
  | ElectionOperation
  | LinkOperation
  | DiskSlotOperation[number]
  | BudgetOperation[number]
  | Seen;

/** Gathers the writes of one outcome; operations on the same slot are carried out in the order in which they came. */
export class Writes {
  readonly #operations = new Map<Slot<any, any>, Operation[]>();
  readonly #values = new Map<Slot<any, any>, unknown>();
  readonly observed: Seen[] = [];

  put<V>(slot: Slot<V, any>, value: V): this {
    this.#values.set(slot, value);
    return this;
  }

  operate<O extends Operation>(slot: Slot<any, readonly O[]> | undefined, ...operations: readonly O[]): this {
    if (slot === undefined) return this;
    const already = this.#operations.get(slot);
    if (already) already.push(...operations);
    else this.#operations.set(slot, [...operations]);
    return this;
  }

  outcome(action: Action): Outcome {
    const writes: Write[] = [
      ...[...this.#values].map(([slot, value]) => put(slot, value)),
      ...[...this.#operations].map(([slot, operations]) => apply(slot, operations)),
    ];
    return this.observed.length > 0 ? { action, writes, observed: this.observed } : { action, writes };
  }
}

/** An event that the environment chose must not be ignored: then it should not have been listed. */
const assertHeeded = (event: Event, taken: Step): void => {
  const mayBeIgnored = event.type === 'Receive' || event.type === 'Notified' || event.type === 'Flushed';
  if (taken.ignored !== undefined && !mayBeIgnored)
    throw new Error(
      `${event.type} was listed for server ${taken.server.sid}, which ignores it: ${taken.ignored}`,
    );
};

const carryEffect = (slots: Slots, writes: Writes, sid: Sid, effect: Effect): void => {
  switch (effect.type) {
    case 'send':
      writes.operate(slots.link[sid]![effect.to], { send: effect.message });
      break;
    case 'notify':
      writes.operate(slots.election[sid]?.[effect.to], { send: effect.notification });
      break;
    case 'close':
      writes.operate(slots.link[sid]![effect.peer], 'close');
      writes.operate(slots.link[effect.peer]![sid], 'drop');
      break;
    case 'observe':
      writes.observed.push(effect.observation);
      break;
    case 'answer':
      writes.observed.push({ type: 'answered', zxid: effect.txn.zxid });
      break;
    case 'persist':
    case 'deliver':
      break;
    case 'readLog':
      throw new Error('the model holds whole histories in memory, and never has to read a log');
  }
};

const remembered = new Set<Seen['type']>(['established', 'broadcast', 'answered', 'quorum', 'committed']);

/** The observations that the ghost folds; the others matter to properties of actions alone. */
const toGhost = (seen: readonly Seen[], config: Config): readonly Seen[] =>
  seen.filter(
    (one) =>
      remembered.has(one.type) &&
      (one.type !== 'quorum' || one.sids.some((sid) => config.observers.includes(sid))),
  );

/** Takes one step of the reducer, and those that follow from it at once. */
export const carryStep = (
  config: Config,
  slots: Slots,
  persistence: 'sync' | 'async',
  writes: Writes,
  before: Server | null,
  first: Step,
): Server => {
  const sid = first.server.sid;
  const from = writes.observed.length;
  let taken = first;
  const unflushed: Extract<Effect, { type: 'persist' }>[] = [];
  for (;;) {
    for (const effect of taken.effects) {
      carryEffect(slots, writes, sid, effect);
      if (effect.type !== 'persist') continue;
      if (persistence === 'sync') unflushed.push(effect);
      else writes.operate(slots.disk[sid], { enqueue: effect.operation });
    }
    const next = unflushed.shift();
    if (next === undefined) break;
    writes.operate(slots.disk[sid], { write: next.operation });
    taken = step(config, taken.server, { type: 'Flushed', operation: next.operation });
  }
  const server = taken.server;
  const committed = committedOf(server);
  const seen: Seen[] = writes.observed.slice(from);
  // What is committed comes first: a client is answered for what has been committed in this very step.
  if (committed.length > 0 && !(before && same(committedOf(before), committed)))
    seen.unshift({ type: 'committed', txns: committed });
  const ghostly = toGhost(seen, config);
  if (ghostly.length > 0) writes.operate(slots.ghost, ...ghostly);
  writes.put(slots.server[sid]!, server);
  return server;
};

/** One server sees one event. */
export const carry = (
  config: Config,
  slots: Slots,
  persistence: 'sync' | 'async',
  writes: Writes,
  self: Server,
  event: Event,
): { readonly handler: string; readonly server: Server } => {
  const taken = step(config, self, event);
  assertHeeded(event, taken);
  return { handler: taken.handler, server: carryStep(config, slots, persistence, writes, self, taken) };
};
