/**
 * A candidate: one state of the specification that explains all that was seen of a server so far. It holds the server,
 * its disk, what it has produced that nobody has seen yet, and how much it has processed of what it was given. All of it
 * is immutable; what candidates share (the inputs themselves) stands in the inbox (see inbox.ts).
 */
import type { DiskOperation, Durable } from '../../spec/disk.js';
import { EMPTY_DISK, recover, write } from '../../spec/disk.js';
import type { History, Txn } from '../../spec/history.js';
import { lastZxid } from '../../spec/history.js';
import type { Message, Notification } from '../../spec/messages.js';
import type { Server } from '../../spec/server.js';
import type { Effect, Event } from '../../spec/step.js';
import type { Sid, Zxid } from '../../spec/zxid.js';
import type { Hidden } from '../format/log.js';

export type { Hidden };

/** What became durable, newest first: a log of thousands is not copied for each append. */
export interface Written {
  readonly count: number;
  readonly base: Durable;
  readonly operation: DiskOperation | null;
  readonly before: Written | null;
}

/** A link with a peer, as the server knows it: which connection, how far it is processed, and whether it still holds. */
export interface LinkView {
  readonly index: number;
  readonly taken: number;
  /** Requests are a lane of their own: a leader reads them in order, and proposes them when it comes to it. */
  readonly asked: number;
  readonly open: boolean;
  /** How many outputs it has produced on it. */
  readonly sent: number;
  /** NEWLEADER was seen on it: a leader pings from then on, at any time. */
  readonly pinged: boolean;
}

/** What leaves a server, whole. */
export type Produced =
  | { readonly type: 'send'; readonly message: Message }
  | { readonly type: 'close' }
  | { readonly type: 'notify'; readonly notification: Notification }
  | { readonly type: 'deliver' | 'answer'; readonly txn: Txn };

/** One step on the way to a candidate. */
export interface By {
  readonly parent: Candidate;
  /** What the server saw; null: it came up, or went down. */
  readonly event: Event | null;
  readonly handler: string;
  readonly ignored?: string;
  readonly effects: readonly Effect[];
  /** Guessed, because no line tells of it. */
  readonly hidden?: Hidden;
}

export interface Candidate {
  /** Null while it is down. */
  readonly server: Server | null;
  readonly written: Written;
  readonly pending: readonly DiskOperation[];
  readonly links: Readonly<Record<Sid, LinkView>>;
  /** By peer: how many notifications were processed. */
  readonly heard: Readonly<Record<Sid, number>>;
  /** By peer: notifications up to here came while it was looking, and may lie unread since it decided. */
  readonly late: Readonly<Record<Sid, number>>;
  /** By channel: what it has produced and nobody has seen yet, oldest first. */
  readonly produced: Readonly<Record<string, readonly Produced[]>>;
  /** By peer: the notification that was seen last, and whether a new connection may repeat it. */
  readonly told: Readonly<Record<Sid, { readonly notification: Notification; readonly again: boolean }>>;
  /** Reads of the log that were asked for. */
  readonly reads: readonly { readonly peer: Sid; readonly after: Zxid }[];
  /** The newest transactions seen to be delivered and answered: after a restart that may be repeated, or not. */
  readonly known: Readonly<Record<'deliver' | 'answer', Zxid>>;
  /** Timeouts since the last line: a server alone could go on for ever. */
  readonly restless: number;
  readonly guesses: number;
  readonly by: By | null;
}

const NOTHING_WRITTEN: Written = { count: 0, base: EMPTY_DISK, operation: null, before: null };

export const unborn: Candidate = {
  server: null,
  written: NOTHING_WRITTEN,
  pending: [],
  links: {},
  heard: {},
  late: {},
  produced: {},
  told: {},
  reads: [],
  known: { deliver: 0, answer: 0 },
  restless: 0,
  guesses: 0,
  by: null,
};

export const writtenOn = (base: Durable): Written => ({ ...NOTHING_WRITTEN, base });

export const writeTo = (before: Written, operation: DiskOperation): Written => ({
  count: before.count + 1,
  base: before.base,
  operation,
  before,
});

/** The disk as it is, in time that grows with what was written since the last boot. */
export const durableOf = (written: Written): Durable => {
  const operations: DiskOperation[] = [];
  let at: Written | null = written;
  for (; at?.operation; at = at.before) operations.push(at.operation);
  operations.reverse();
  const { acceptedEpoch, currentEpoch, snapshot } = written.base;
  let disk = { acceptedEpoch, currentEpoch, snapshot, log: [...written.base.log], pending: [] };
  for (const operation of operations) {
    // Appending in place: this list is nobody else's.
    if (operation.write === 'append') disk.log.push(operation.txn);
    else {
      const next = write(disk, operation);
      disk = { ...next, log: [...next.log], pending: [] };
    }
  }
  const { pending: _, ...durable } = disk;
  return durable;
};

export const historyOn = (written: Written): History => recover(durableOf(written)).history;

export const producedOn = (candidate: Candidate, channel: string): readonly Produced[] =>
  candidate.produced[channel] ?? [];

/** With the queue of one channel replaced; a channel with nothing in it is no field. */
export const withProduced = (
  produced: Candidate['produced'],
  channel: string,
  queue: readonly Produced[],
): Candidate['produced'] => {
  if (queue.length > 0) return { ...produced, [channel]: queue };
  if (!(channel in produced)) return produced;
  const { [channel]: _, ...rest } = produced;
  return rest;
};

export const linkChannel = (peer: Sid, index: number): string => `${peer}#${index}`;
export const electionChannel = (peer: Sid): string => `election ${peer}`;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether two JSON values are the same; what two candidates share is not looked into. */
export const equal = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i])) return false;
    return true;
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(a[key as never], b[key as never]));
};

const sameWritten = (a: Written, b: Written): boolean => {
  if (a.count !== b.count) return false;
  let [x, y]: [Written | null, Written | null] = [a, b];
  while (x !== null && y !== null && x !== y) {
    if (!equal(x.operation, y.operation) || (x.before === null && !equal(x.base, y.base))) return false;
    [x, y] = [x.before, y.before];
  }
  return true;
};

/** Whether two candidates are the same but for how they were reached. */
export const sameCandidate = (a: Candidate, b: Candidate): boolean =>
  equal(a.known, b.known) &&
  equal(a.links, b.links) &&
  equal(a.heard, b.heard) &&
  equal(a.late, b.late) &&
  equal(a.produced, b.produced) &&
  equal(a.told, b.told) &&
  equal(a.reads, b.reads) &&
  equal(a.pending, b.pending) &&
  equal(a.server, b.server) &&
  sameWritten(a.written, b.written);

const numbers = (record: Readonly<Record<string, number>>): string => Object.values(record).join();

/** What tells nearly all apart: of the disk only how much is written. */
export const wholeSignature = ({ server, links, heard, pending, produced, told }: Candidate): string =>
  JSON.stringify([server, links, heard, pending, Object.entries(produced).sort(), told]);

/** What tells most candidates apart, cheaply; those with the same are compared whole. */
export const signature = ({ server, links, heard, pending, written, produced }: Candidate): string => {
  const phase = server === null || server.state === 'LOOKING' ? '' : server.phase;
  const state =
    server === null
      ? 'down'
      : `${server.state}${phase}${server.committed} ${lastZxid(server.history)} ${server.vote.leader} ${server.vote.electionEpoch} ${server.acceptedEpoch}`;
  let channels = '';
  for (const key in links) {
    const { index, taken, asked, open } = links[key]!;
    channels += `${index}.${taken}.${asked}${open ? '' : '!'} `;
  }
  let queues = '';
  for (const key in produced) queues += `${key}:${produced[key]!.length} `;
  return `${state}|${channels}|${numbers(heard)}|${queues}|${pending.length}|${written.count}`;
};
