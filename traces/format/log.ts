/**
 * The log format, version 1: what was seen of an implementation, as newline-delimited JSON. A header line, a line for each
 * event, an end line with their count, so that a log cut short is noticed. A field that is absent is unconstrained. Like
 * the trace format this file imports no other room, and serves whoever writes logs of another implementation.
 *
 *   {"format":"zab-log","version":1,"voters":[1,2,3],"order":"total","vantage":"network"}
 *   {"event":"send","server":1,"to":3,"message":{"type":"FOLLOWERINFO","acceptedEpoch":0},"source":{"line":17}}
 *   {"end":true,"events":1}
 *
 * docs/log-format.md explains it; traces/log.schema.json is made from the schemas below.
 */
import { z } from 'zod';

export const LOG_VERSION = 1;

const sid = z.int().min(1).describe('a server, by its number');
const count = z.int().min(0);
const epoch = z
  .int()
  .min(0)
  .max(2 ** 21 - 1);
const zxid = z.int().min(0).describe('epoch * 2^32 + counter');
const votedZxid = z.int().min(-1).describe('epoch * 2^32 + counter; -1, of an observer, for none');
const payload = z.union([z.int(), z.string()]).describe('opaque: only compared with others');
const connection = z
  .union([z.int(), z.string()])
  .optional()
  .describe('tells connections of a pair apart, the same at both ends; absent, the newest one');

const txn = z.strictObject({
  zxid: zxid.optional(),
  payload: payload.optional(),
  origin: count.optional().describe('the server at which the write arrived; 0, unknown'),
});
const wholeTxn = txn.required({ zxid: true });
const history = z.strictObject({ floor: zxid, entries: z.array(wholeTxn) });

const notification = z.strictObject({
  state: z.enum(['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING']).optional(),
  leader: z.int().min(-1).optional().describe('-1, of an observer, for nobody'),
  zxid: votedZxid.optional(),
  electionEpoch: count.optional(),
  peerEpoch: z.int().min(-1).optional(),
});

const only = <T extends string>(...types: readonly [T, ...T[]]) =>
  types.length === 1 ? z.literal(types[0]) : z.enum(types as unknown as readonly [T, ...T[]]);

const message = z.discriminatedUnion('type', [
  z.strictObject({ type: only('FOLLOWERINFO', 'OBSERVERINFO'), acceptedEpoch: epoch.optional() }),
  z.strictObject({ type: only('LEADERINFO', 'NEWLEADER'), epoch: epoch.optional() }),
  z.strictObject({
    type: only('ACKEPOCH'),
    currentEpoch: z.int().min(-1).optional(),
    lastZxid: zxid.optional(),
  }),
  z.strictObject({ type: only('DIFF', 'TRUNC', 'ACK', 'COMMIT'), zxid: zxid.optional() }),
  z.strictObject({ type: only('SNAP'), zxid: zxid.optional(), history: history.optional() }),
  z.strictObject({ type: only('PROPOSAL', 'INFORM'), txn: txn.optional() }),
  z.strictObject({
    type: only('REQUEST'),
    request: z.strictObject({ payload: payload.optional(), origin: count.optional() }).optional(),
  }),
  z.strictObject({ type: only('UPTODATE', 'PING') }),
]);

const operation = z.discriminatedUnion('write', [
  z.strictObject({ write: only('acceptedEpoch', 'currentEpoch'), epoch: epoch.optional() }),
  z.strictObject({ write: only('append'), txn: txn.optional() }),
  z.strictObject({ write: only('truncate'), zxid: zxid.optional() }),
  z.strictObject({ write: only('snapshot'), history: history.optional() }),
]);

const diskAtBoot = z.strictObject({
  acceptedEpoch: epoch.optional(),
  currentEpoch: epoch.optional(),
  snapshot: history.optional(),
  log: z.array(wholeTxn).optional(),
});

const diskSeen = z.strictObject({
  acceptedEpoch: epoch.optional(),
  currentEpoch: epoch.optional(),
  lastZxid: zxid.optional(),
  zxids: z.array(zxid).optional().describe('all of the log, oldest first'),
});

const stateSeen = z.strictObject({
  state: z.enum(['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING', 'DOWN']).optional(),
  phase: z.enum(['DISCOVERY', 'SYNCHRONIZATION', 'BROADCAST']).optional(),
  leader: sid.optional(),
  acceptedEpoch: epoch.optional(),
  currentEpoch: epoch.optional(),
  committed: zxid.optional(),
  history: z.strictObject({ floor: zxid.optional(), entries: z.array(txn).optional() }).optional(),
  vote: notification.omit({ state: true }).optional(),
});

const common = {
  server: sid,
  source: z
    .strictObject({ file: z.string().optional(), line: z.int().min(1).optional() })
    .optional()
    .describe("where the implementation's own record has it"),
  note: z.string().optional().describe('for people'),
};

const line = <E extends string, S extends z.ZodRawShape>(event: E, shape: S) =>
  z.strictObject({ event: z.literal(event), ...common, ...shape });

export const TIMERS = ['Resend', 'FinalizeWait', 'Timeout', 'Tick'] as const;

export const events = [
  line('boot', { disk: diskAtBoot.optional() }),
  line('crash', {}),
  line('connected', { peer: sid, connection }),
  line('accepted', { peer: sid, connection }),
  line('closed', { peer: sid, connection }),
  line('close', { peer: sid, connection }),
  line('receive', { from: sid, message, connection }),
  line('send', { to: sid, message, connection }),
  line('notified', { from: sid, notification }),
  line('notify', { to: sid, notification }),
  line('reconnected', { peer: sid }),
  line('request', { payload }),
  line('answer', { txn }),
  line('deliver', { txn }),
  line('flushed', { operation }),
  line('timer', { timer: z.enum(TIMERS) }),
  line('state', { state: stateSeen.optional(), disk: diskSeen.optional() }),
  line('quiet', {}),
] as const;

export const logEvent = z.discriminatedUnion('event', events);

/** Kinds of lines that a recorder may have left out. */
export const RECORDS = [
  'election',
  'links',
  'connections',
  'closes',
  'lifecycle',
  'deliver',
  'answer',
  'request',
  'flush',
  'timer',
] as const;
export type Recorded = (typeof RECORDS)[number];

/** Inputs that may be guessed, because no line tells of them: a closed list. */
export const HIDDEN = [
  'resend',
  'finalizeWait',
  'tick',
  'timeout',
  'flush',
  'turn',
  'request',
  'receiver',
  'elected',
] as const;
export type Hidden = (typeof HIDDEN)[number];

export const logHeader = z.strictObject({
  format: z.literal('zab-log'),
  version: z.literal(LOG_VERSION),
  generator: z.string().optional().describe('what wrote the log, for people'),
  voters: z.array(sid).min(1).describe('ascending'),
  observers: z.array(sid).default([]).describe('ascending, none of them a voter'),
  variant: z.string().default('zab').describe('the specification to be held against: zab list'),
  defects: z.array(z.string()).default([]),
  fixes: z.array(z.string()).default([]),
  window: z.int().min(1).default(500).describe('committed transactions that a server holds in memory'),
  order: z.enum(['total', 'per-server', 'causal']).default('total'),
  vantage: z.enum(['server', 'network']).default('server'),
  records: z.array(z.enum(RECORDS)).default(['election', 'links', 'connections', 'lifecycle']),
  hidden: z.array(z.enum(HIDDEN)).optional().describe('absent: all that is not recorded'),
  guesses: count
    .optional()
    .describe('without links: how many elections, timeouts, breaks of links and writes are guessed at most'),
});

export const logEnd = z.strictObject({ end: z.literal(true), events: count });

export type LogHeader = z.infer<typeof logHeader>;
export type LogEvent = z.infer<typeof logEvent>;

/** The fields of a line, by its event; for those who write lines. */
export type LogEventOf<E extends LogEvent['event']> = Extract<LogEvent, { event: E }>;

export interface Log {
  readonly header: LogHeader;
  readonly events: readonly LogEvent[];
}

/** What is wrong with the text of a log, and in which line. */
export class LogFormatError extends Error {
  override readonly name = 'LogFormatError';
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parseJson = (text: string, number: number): Record<string, unknown> => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new LogFormatError(number, text.trim() === '' ? 'an empty line' : 'not a line of JSON');
  }
  if (!isRecord(json)) throw new LogFormatError(number, 'not a JSON object');
  return json;
};

const describe = ({ path, message: text }: z.core.$ZodIssue): string =>
  path.length === 0 ? text : `${path.join('.')}: ${text}`;

const parseLine = <S extends z.ZodType>(
  schema: S,
  json: Record<string, unknown>,
  number: number,
): z.output<S> => {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new LogFormatError(number, parsed.error.issues.map(describe).join('; '));
};

/** Asked before anything else, since in another version a line may mean something else. */
const checkVersion = (version: unknown): void => {
  if (version === LOG_VERSION) return;
  const reads = `this program reads version ${LOG_VERSION}`;
  if (version === undefined) throw new LogFormatError(1, `the header has no version; ${reads}`);
  const text = JSON.stringify(version).slice(0, 40);
  throw new LogFormatError(
    1,
    typeof version === 'number' && version > LOG_VERSION
      ? `version ${text} of the format is newer than this program: ${reads}`
      : `version ${text} of the format does not exist; ${reads}`,
  );
};

/** What no schema of single fields can say. */
const checkEnsemble = ({ voters, observers }: LogHeader): void => {
  const ascends = (sids: readonly number[]): boolean => sids.every((one, i) => i === 0 || sids[i - 1]! < one);
  if (!ascends(voters)) throw new LogFormatError(1, 'voters: must be ascending, each once');
  if (!ascends(observers)) throw new LogFormatError(1, 'observers: must be ascending, each once');
  const both = voters.find((one) => observers.includes(one));
  if (both !== undefined) throw new LogFormatError(1, `observers: ${both} is a voter`);
};

const parseHeader = (text: string): LogHeader => {
  const json = parseJson(text, 1);
  if (json.format !== 'zab-log')
    throw new LogFormatError(1, 'not a log: its first line lacks "format":"zab-log"');
  checkVersion(json.version);
  const header = parseLine(logHeader, json, 1);
  checkEnsemble(header);
  return header;
};

/** The servers that a line names. */
export const sidsIn = (event: LogEvent): readonly number[] => {
  const { server, ...rest } = event;
  const other = 'peer' in rest ? rest.peer : 'from' in rest ? rest.from : 'to' in rest ? rest.to : server;
  return [server, other];
};

const checkSids = ({ voters, observers }: LogHeader, event: LogEvent, number: number): void => {
  const stranger = sidsIn(event).find((one) => !voters.includes(one) && !observers.includes(one));
  if (stranger !== undefined)
    throw new LogFormatError(number, `server ${stranger} is neither a voter nor an observer of the header`);
  const [self, peer] = sidsIn(event);
  const talks = 'peer' in event || 'from' in event || 'to' in event;
  if (talks && self === peer) throw new LogFormatError(number, `server ${self} does not talk to itself`);
};

/** @throws LogFormatError for the first line that is wrong */
export const parseLog = (text: string): Log => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new LogFormatError(1, 'the file is empty');
  const header = parseHeader(lines[0]!);
  const found: LogEvent[] = [];
  for (let number = 2; number <= lines.length; number++) {
    const json = parseJson(lines[number - 1]!, number);
    if ('end' in json) {
      const end = parseLine(logEnd, json, number);
      if (number !== lines.length) throw new LogFormatError(number + 1, 'something follows the end line');
      if (end.events !== found.length)
        throw new LogFormatError(
          number,
          `the end line counts ${end.events} events, the file has ${found.length}`,
        );
      if (found.length === 0) throw new LogFormatError(number, 'the log has no events: nothing to judge');
      return { header, events: found };
    }
    const event = parseLine(logEvent, json, number);
    checkSids(header, event, number);
    found.push(event);
  }
  throw new LogFormatError(
    lines.length,
    `truncated: ends after event ${found.length}, without the line {"end":true,"events":${found.length}}`,
  );
};

export const formatLog = ({ header, events: all }: Log): string =>
  [header, ...all, { end: true, events: all.length }].map((one) => `${JSON.stringify(one)}\n`).join('');
