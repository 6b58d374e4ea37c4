/**
 * A capture: what a proxy between ZooKeeper's servers saw and did, as newline-delimited JSON, one event a line, in its
 * order. Of a message the bytes count (`raw`), and are decoded here; what else a line says of it is for people.
 */
import { z } from 'zod';
import { LogFormatError } from '../format/log.js';
import { CodecError, decode } from './codec.js';
import { decodeInitial, decodeNotification, type ElectionNotification, type Initial } from './election.js';
import { decodePacket, type QuorumPacket, type Snapshot, snapshot } from './quorum.js';

const sid = z.int().min(1);
const conn = z.int();
const ch = z.enum(['E', 'Q']);
const base = { t: z.number().optional(), wall: z.number().optional() };
const line = <E extends string, S extends z.ZodRawShape>(ev: E, shape: S) =>
  z.object({ ev: z.literal(ev), ...base, ...shape });

const hex = z.string().regex(/^([0-9a-f]{2})+$/, 'must be bytes in hexadecimal');

const schemas = {
  msg: line('msg', {
    seq: z.int(),
    ch,
    conn,
    from: sid,
    to: sid,
    type: z.string(),
    raw: hex,
    held: z.boolean().optional(),
  }),
  release: line('release', { ref: z.int() }),
  drop: line('drop', { ref: z.int() }),
  lost: line('lost', { refs: z.array(z.int()) }),
  open: line('open', { ch, conn, from: sid, to: sid }),
  srcEnd: line('srcEnd', { ch, conn, from: sid, to: sid, queued: z.int().optional() }),
  close: line('close', { ch, conn, from: sid, to: sid }),
  node: line('node', { node: sid, act: z.string() }),
  state: line('state', {
    node: sid,
    srvr: z.object({ mode: z.string(), zxid: z.string().optional() }).nullish(),
    epoch: z.object({ accepted: z.int().nullish(), current: z.int().nullish() }).nullish(),
  }),
};

/** Kinds of lines that say nothing about what a server did to another. */
const ASIDE = ['cut', 'heal', 'client', 'read', 'disk', 'note', 'gate', 'freeze', 'thaw', 'run'] as const;

export type Content =
  | { readonly kind: 'initial'; readonly message: Initial }
  | { readonly kind: 'notification'; readonly message: ElectionNotification }
  | { readonly kind: 'packet'; readonly message: QuorumPacket }
  | { readonly kind: 'snapshot'; readonly message: Snapshot };

type Parsed = { [E in keyof typeof schemas]: z.infer<(typeof schemas)[E]> };

/** A line, the number under which the file has it, and what a message means. */
export type CaptureLine =
  | { readonly number: number; readonly line: Parsed['msg']; readonly content: Content }
  | { readonly number: number; readonly line: Exclude<Parsed[keyof Parsed], { ev: 'msg' }> };

/** @throws CodecError */
const contentOf = ({ ch: channel, type, raw }: Parsed['msg']): Content => {
  const bytes = Buffer.from(raw, 'hex');
  if (type === 'SNAPSHOT_STREAM') return { kind: 'snapshot', message: decode(snapshot, bytes) };
  if (channel === 'E')
    return type === 'INITIAL'
      ? { kind: 'initial', message: decodeInitial(bytes) }
      : { kind: 'notification', message: decodeNotification(bytes) };
  const message = decodePacket(bytes);
  if (message.type !== type) throw new CodecError(`the line says ${type}, its bytes say ${message.type}`);
  return { kind: 'packet', message };
};

const describe = ({ path, message }: z.core.$ZodIssue): string =>
  path.length === 0 ? message : `${path.join('.')}: ${message}`;

const parseLine = (text: string, number: number): CaptureLine | null => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new LogFormatError(number, text.trim() === '' ? 'an empty line' : 'not a line of JSON');
  }
  const ev = typeof json === 'object' && json !== null && 'ev' in json ? json.ev : undefined;
  if ((ASIDE as readonly unknown[]).includes(ev)) return null;
  const schema = typeof ev === 'string' && Object.hasOwn(schemas, ev) && schemas[ev as keyof typeof schemas];
  if (!schema)
    throw new LogFormatError(number, `no line of a capture: "ev" is ${JSON.stringify(ev) ?? 'absent'}`);
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new LogFormatError(number, parsed.error.issues.map(describe).join('; '));
  if (parsed.data.ev !== 'msg') return { number, line: parsed.data };
  try {
    return { number, line: parsed.data, content: contentOf(parsed.data) };
  } catch (error) {
    if (error instanceof CodecError) throw new LogFormatError(number, `raw: ${error.message}`);
    throw error;
  }
};

/** @throws LogFormatError for the first line that is wrong */
export const parseCapture = (text: string): readonly CaptureLine[] => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new LogFormatError(1, 'the file is empty');
  return lines.flatMap((one, i) => parseLine(one, i + 1) ?? []);
};
