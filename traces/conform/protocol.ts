/**
 * The adapter protocol, version 1: JSON lines over standard input and output, between the runner and a program that
 * holds one server of an implementation. The runner owns the network, the timers and the order: it says what arrives,
 * the adapter says what its server puts out.
 *
 *   {"id":1,"op":"hello","protocol":1}
 *   {"id":1,"adapter":"…","version":"…","protocol":1,"capabilities":[…],"observes":[…]}
 *   {"id":2,"op":"reset","sid":1,"voters":[1,2,3],"observers":[],"disk":{…},"hold":false}
 *   {"id":2,"out":[{"type":"notify","to":2,"notification":{…}}, …],"quiet":true}
 *
 * docs/conformance.md explains it; traces/conform/adapter.schema.json is made from the schemas below.
 */
import { z } from 'zod';

export const PROTOCOL_VERSION = 1;

const sid = z.int().min(1).describe('a server, numbered from 1');
const epoch = z.int().min(0);
const zxid = z
  .tuple([z.int().min(-1), z.int().min(-1)])
  .describe('[epoch, counter]; [0, 0] is no transaction');
const payload = z.union([z.string(), z.int()]).describe('what is written; opaque');

export const txn = z.strictObject({
  zxid,
  payload,
  origin: sid.describe('the server at which the write arrived'),
});
const log = z.array(txn).describe('oldest first');

const state = z.enum(['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING']);
const phase = z.enum(['DISCOVERY', 'SYNCHRONIZATION', 'BROADCAST']);
const vote = { leader: z.int().min(-1), zxid, peerEpoch: z.int().min(-1), electionEpoch: z.int().min(0) };

export const notification = z.strictObject({ state, ...vote });

export const message = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['FOLLOWERINFO', 'OBSERVERINFO']), acceptedEpoch: epoch }),
  z.strictObject({ type: z.literal('LEADERINFO'), epoch }),
  z.strictObject({
    type: z.literal('ACKEPOCH'),
    currentEpoch: z.int().min(-1).describe('-1 where this epoch was accepted before'),
    lastZxid: zxid,
  }),
  z.strictObject({ type: z.enum(['DIFF', 'TRUNC']), zxid }),
  z.strictObject({
    type: z.literal('SNAP'),
    zxid,
    history: z.strictObject({ floor: zxid, entries: log }),
  }),
  z.strictObject({ type: z.literal('NEWLEADER'), epoch }),
  z.strictObject({ type: z.enum(['UPTODATE', 'PING']) }),
  z.strictObject({ type: z.enum(['PROPOSAL', 'INFORM']), txn }),
  z.strictObject({ type: z.enum(['ACK', 'COMMIT']), zxid }),
  z.strictObject({ type: z.literal('REQUEST'), request: z.strictObject({ payload, origin: sid }) }),
]);

/** What an adapter may be able to do beyond resets and deliveries. */
export const capabilities = [
  ['finalizeWait', 'do FinalizeWait: the wait for a better vote is over'],
  ['resend', 'do Resend: send the present vote again'],
  ['timeout', 'do Timeout: give up the present role'],
  ['tick', 'do Tick: half a tick has passed; a leader pings'],
  ['request', 'do Request: a client writes'],
  ['crash', 'do Crash and Restart'],
  ['disk', 'reset with a disk that is not empty'],
  ['hold', 'reset with hold: a write stays pending until do Flush, and Crash keeps the first few'],
  ['observers', 'ensembles with observers, and to be one'],
] as const;

/** What an adapter may be able to tell, beyond what its server sends. */
export const observations = [
  ['phase', 'DISCOVERY, SYNCHRONIZATION or BROADCAST; unless LOOKING'],
  ['epochs', 'acceptedEpoch and currentEpoch, in memory'],
  ['history', 'every transaction that it has accepted, durable or not'],
  ['committed', 'zxid of the newest transaction that it knows to be committed'],
  ['vote', 'whom it votes for, and in which round'],
  ['disk', 'what is durable now'],
  ['deliver', 'an output for each transaction as it is applied; after a restart from the first one again'],
  ['answer', 'an output when the client of a write that arrived here is told of its commit'],
] as const;

export type Capability = (typeof capabilities)[number][0];
export type Observes = (typeof observations)[number][0];

const namesOf = <N extends string>(entries: readonly (readonly [N, string])[]) =>
  z.enum(entries.map(([name]) => name) as [N, ...N[]]);

export const disk = z.strictObject({ acceptedEpoch: epoch, currentEpoch: epoch, log });

const id = z.int().min(1).describe('of the request; the reply repeats it');

export const request = z.discriminatedUnion('op', [
  z.strictObject({ id, op: z.literal('hello'), protocol: z.literal(PROTOCOL_VERSION) }),
  z.strictObject({
    id,
    op: z.literal('reset'),
    sid,
    voters: z.array(sid),
    observers: z.array(sid),
    disk,
    hold: z.boolean().describe('whether writes stay pending until do Flush'),
  }),
  z.strictObject({
    id,
    op: z.literal('deliver'),
    from: sid,
    notification: notification.optional(),
    message: message.optional(),
  }),
  z.strictObject({
    id,
    op: z.literal('do'),
    event: z.enum([
      'FinalizeWait',
      'Resend',
      'Timeout',
      'Tick',
      'Restart',
      'Flush',
      'Connected',
      'Accepted',
      'Closed',
      'Request',
      'Crash',
    ]),
    peer: sid.optional().describe('of Connected, Accepted and Closed'),
    payload: payload.optional().describe('of Request'),
    kept: z.int().min(0).optional().describe('of Crash: how many of the pending writes reach the disk'),
  }),
  z.strictObject({ id, op: z.enum(['wait', 'observe', 'stop']) }),
]);

export const output = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('notify'), to: sid, notification }),
  z.strictObject({ type: z.literal('send'), to: sid, message }),
  z.strictObject({ type: z.literal('close'), peer: sid }),
  z.strictObject({ type: z.enum(['deliver', 'answer']), txn }),
]);

export const hello = z.strictObject({
  id,
  adapter: z.string().min(1).describe('the name of the implementation'),
  version: z.string().min(1),
  protocol: z.literal(PROTOCOL_VERSION),
  capabilities: z.array(namesOf(capabilities)),
  observes: z.array(namesOf(observations)),
});

export const outcome = z.strictObject({
  id,
  out: z.array(output).describe('in the order in which they were put out'),
  quiet: z.boolean().describe('false: more may come by itself; the runner asks again (op wait)'),
});

export const observed = z.strictObject({
  state: z.enum([...state.options, 'DOWN']),
  leader: sid.optional().describe('of a server that follows or observes'),
  phase: phase.optional(),
  acceptedEpoch: epoch.optional(),
  currentEpoch: epoch.optional(),
  history: log.optional(),
  committed: zxid.optional(),
  vote: z.strictObject(vote).optional(),
  disk: disk.optional(),
});

export const observation = z.strictObject({ id, state: observed });
export const stopped = z.strictObject({ id });
export const unsupported = z.strictObject({
  id,
  unsupported: z.string().describe('what it cannot do, and why'),
});

export type Request = z.infer<typeof request>;
/** A request as the runner's parts write it; whoever sends it numbers it. */
export type Asked = Request extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;
export type Output = z.infer<typeof output>;
export type Hello = z.infer<typeof hello>;
export type Outcome = z.infer<typeof outcome>;
export type Observed = z.infer<typeof observed>;
export type WireDisk = z.infer<typeof disk>;
export type WireEvent = Extract<Asked, { op: 'do' }>['event'];

export const NO_DISK: WireDisk = { acceptedEpoch: 0, currentEpoch: 0, log: [] };
