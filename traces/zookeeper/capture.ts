/**
 * A capture of real ZooKeeper servers as a log that can be judged: each message is a line of its sender where the proxy
 * read it, and a line of its receiver where it was forwarded. "Handed over" is not "processed": the judge of a log from
 * the network knows.
 */
import { type Log, type LogEvent, LogFormatError, type LogHeader } from '../format/log.js';
import { type CaptureLine, type Content, parseCapture } from './capture-lines.js';
import { CodecError } from './codec.js';
import { messageOf, notificationOf } from './names.js';
import { withUntraced } from './untraced.js';

type Message = Extract<CaptureLine, { content: Content }>;
type Source = NonNullable<LogEvent['source']>;

const CONFIG_LINE = /^server\.(\d+)=.*:(participant|observer)/;
const MODES: Readonly<Record<string, 'LEADING' | 'FOLLOWING' | 'OBSERVING'>> = {
  leader: 'LEADING',
  follower: 'FOLLOWING',
  observer: 'OBSERVING',
};

/** Who votes and who observes, as the servers themselves tell each other. */
const ensembleOf = (lines: readonly CaptureLine[]): Pick<LogHeader, 'voters' | 'observers'> => {
  const roles = new Map<number, string>();
  for (const line of lines) {
    if (!('content' in line) || line.content.kind !== 'notification') continue;
    for (const text of (line.content.message.config ?? '').split('\n')) {
      const [, sid, role] = CONFIG_LINE.exec(text) ?? [];
      if (sid !== undefined && role !== undefined) roles.set(Number(sid), role);
    }
  }
  const those = (role: string): number[] =>
    [...roles].flatMap(([sid, is]) => (is === role ? [sid] : [])).sort((a, b) => a - b);
  return { voters: those('participant'), observers: those('observer') };
};

/** Turns lines into events, one after the other. */
class Writer {
  readonly events: LogEvent[] = [];
  readonly #messages = new Map<number, Message>();
  readonly #up = new Set<number>();
  /** Killed, but what it had sent before may still be read. */
  readonly #dying = new Map<number, Source>();
  /** Ends of quorum connections that are over, as "connection of server". */
  readonly #over = new Set<string>();

  constructor(readonly file: string | undefined) {}

  line(line: CaptureLine): void {
    const source: Source = { ...(this.file !== undefined && { file: this.file }), line: line.number };
    if ('content' in line) this.#message(line, source);
    else this.#aside(line, source);
  }

  #aside({ line: is, number }: Exclude<CaptureLine, Message>, source: Source): void {
    switch (is.ev) {
      case 'release':
        this.#deliver(this.#named(is.ref, number), source);
        return;
      case 'drop':
      case 'lost':
        return;
      case 'open':
        if (is.ch === 'Q') this.#open(is.conn, is.from, is.to, source);
        return;
      case 'srcEnd':
        // What this side had to say is said; the other is told.
        if (is.ch === 'Q' && (is.queued ?? 0) === 0) this.#closed(is.conn, is.from, is.to, source);
        return;
      case 'close':
        if (is.ch === 'Q') this.#closed(is.conn, is.from, is.to, source);
        return;
      case 'node':
        this.#node(is.node, is.act, source);
        return;
      case 'state':
        this.#state(is, source);
        return;
    }
  }

  /** The end of the capture: whoever was killed is down. */
  end(): void {
    for (const sid of [...this.#dying.keys()]) this.#crash(sid);
  }

  /** Whether it can still process anything. */
  #lives(sid: number): boolean {
    return this.#up.has(sid) && !this.#dying.has(sid);
  }

  #node(sid: number, act: string, source: Source): void {
    if (act === 'start') {
      this.#crash(sid);
      this.#up.add(sid);
      this.events.push({ event: 'boot', server: sid, source });
    }
    if ((act === 'SIGKILL' || act === 'exit') && this.#lives(sid)) this.#dying.set(sid, source);
  }

  #crash(sid: number): void {
    const source = this.#dying.get(sid);
    if (source === undefined) return;
    this.#dying.delete(sid);
    this.#up.delete(sid);
    this.events.push({ event: 'crash', server: sid, source });
  }

  #open(connection: number, from: number, to: number, source: Source): void {
    if (this.#lives(from))
      this.events.push({ event: 'connected', server: from, peer: to, connection, source });
    if (this.#lives(to)) this.events.push({ event: 'accepted', server: to, peer: from, connection, source });
  }

  #closed(connection: number, from: number, to: number, source: Source): void {
    for (const [server, peer] of [
      [from, to],
      [to, from],
    ] as const) {
      const end = `${connection} of ${server}`;
      if (this.#over.has(end) || !this.#lives(server)) continue;
      this.#over.add(end);
      this.events.push({ event: 'closed', server, peer, connection, source });
    }
  }

  #named(ref: number, number: number): Message {
    const message = this.#messages.get(ref);
    if (message === undefined) throw new LogFormatError(number, `ref: no message before it has seq ${ref}`);
    return message;
  }

  #message(message: Message, source: Source): void {
    const { line, content, number } = message;
    const { from: server, to, conn: connection, seq } = line;
    if (this.#messages.has(seq)) throw new LogFormatError(number, `seq: ${seq} was there before`);
    this.#messages.set(seq, message);
    if (content.kind === 'packet') {
      const said = messageOf(content.message);
      if (said) this.events.push({ event: 'send', server, to, message: said, connection, source });
    }
    if (content.kind === 'notification') {
      const notification = notificationOf(content.message);
      this.events.push({ event: 'notify', server, to, notification, source });
    }
    if (!line.held) this.#deliver(message, source);
  }

  #deliver({ line, content }: Message, source: Source): void {
    const { from, to, conn: connection } = line;
    if (content.kind === 'initial') {
      for (const [server, peer] of [
        [from, to],
        [to, from],
      ] as const)
        if (this.#lives(server)) this.events.push({ event: 'reconnected', server, peer, source });
      return;
    }
    if (!this.#lives(to)) return;
    if (content.kind === 'notification') {
      const notification = notificationOf(content.message);
      this.events.push({ event: 'notified', server: to, from, notification, source });
      return;
    }
    // SNAP is nothing without the state that follows it.
    if (content.kind === 'packet' && content.message.type === 'SNAP') {
      this.#snapshots.set(connection, content.message);
      return;
    }
    const packet = content.kind === 'packet' ? content.message : this.#snapshots.get(connection);
    const message = packet && messageOf(packet);
    if (message) this.events.push({ event: 'receive', server: to, from, message, connection, source });
  }

  readonly #snapshots = new Map<number, Extract<Content, { kind: 'packet' }>['message']>();

  #state({ node: server, srvr, epoch }: Extract<CaptureLine['line'], { ev: 'state' }>, source: Source): void {
    if (!this.#lives(server)) return;
    const state = srvr ? MODES[srvr.mode] : undefined;
    const [acceptedEpoch, currentEpoch] = [epoch?.accepted, epoch?.current];
    this.events.push({
      event: 'state',
      server,
      source,
      ...(state && { state: { state } }),
      disk: {
        ...(typeof acceptedEpoch === 'number' && { acceptedEpoch }),
        ...(typeof currentEpoch === 'number' && { currentEpoch }),
      },
    });
  }
}

/**
 * @param file what the log's lines name as their source
 * @throws LogFormatError for the first line of a capture that is none
 */
export const captureLog = (text: string, file?: string): Log => {
  const lines = parseCapture(text);
  const writer = new Writer(file);
  for (const line of lines) {
    try {
      writer.line(line);
    } catch (error) {
      if (error instanceof CodecError) throw new LogFormatError(line.number, error.message);
      throw error;
    }
  }
  writer.end();
  const ensemble = ensembleOf(lines);
  if (ensemble.voters.length === 0)
    throw new LogFormatError(1, 'no notification in it says who votes: this capture is cut short');
  return {
    header: {
      format: 'zab-log',
      version: 1,
      generator: 'zookeeper-capture',
      ...ensemble,
      variant: 'zookeeper-3.8',
      defects: [],
      fixes: [],
      window: 500,
      order: 'total',
      vantage: 'network',
      records: ['election', 'links', 'connections', 'lifecycle'],
    },
    events: withUntraced(writer.events),
  };
};
