/**
 * The lines of a log as a search over the whole ensemble meets them: of each server in their order, and of each of its
 * channels, within one life, what is to be seen of it and when.
 */
import type { Sid } from '../../spec/zxid.js';
import type { Log, LogEvent, LogHeader, Recorded } from '../format/log.js';

/** Lines by what they tell of; the rest is what was seen at one moment. */
const RECORD_OF: Readonly<Partial<Record<LogEvent['event'], Recorded>>> = {
  boot: 'lifecycle',
  crash: 'lifecycle',
  connected: 'connections',
  accepted: 'connections',
  closed: 'connections',
  close: 'closes',
  deliver: 'deliver',
  answer: 'answer',
  request: 'request',
  flushed: 'flush',
  timer: 'timer',
};

/** What happened by then; it may be written down later. Of everything else a line says that it happens now. */
const CHANNEL_OF: Readonly<Partial<Record<LogEvent['event'], string>>> = {
  deliver: 'deliver',
  answer: 'answer',
  close: 'close',
  connected: 'link',
  accepted: 'link',
  closed: 'link',
};

export const channelOf = (event: LogEvent): string | null => {
  const channel = CHANNEL_OF[event.event];
  if (channel === undefined) return null;
  return 'peer' in event ? `${channel} ${event.peer}` : channel;
};

/** The fields that a line and what the specification writes have in common. */
export const contentOf = (line: LogEvent): unknown => {
  const { server: _, source: __, note: ___, ...fields } = line;
  if ('connection' in fields) {
    const { connection: ____, ...rest } = fields;
    return rest;
  }
  return fields;
};

export class Lines {
  readonly #bySid = new Map<Sid, number[]>();
  /** By line: its place among the lines of its channel in one life of its server. */
  readonly #place = new Map<number, number>();
  /** By server, life and channel: the lines. */
  readonly #channels = new Map<string, number[]>();

  constructor(readonly log: Log) {
    const lives = new Map<Sid, number>();
    log.events.forEach((event, i) => {
      const { server } = event;
      const mine = this.#bySid.get(server);
      if (mine) mine.push(i);
      else this.#bySid.set(server, [i]);
      if (event.event === 'boot') lives.set(server, (lives.get(server) ?? 0) + 1);
      const channel = channelOf(event);
      if (channel === null) return;
      const key = `${server} ${lives.get(server) ?? 0} ${channel}`;
      const all = this.#channels.get(key) ?? [];
      this.#channels.set(key, all);
      this.#place.set(i, all.length);
      all.push(i);
    });
  }

  get sids(): readonly Sid[] {
    return [...this.#bySid.keys()];
  }

  of(sid: Sid): readonly number[] {
    return this.#bySid.get(sid) ?? [];
  }

  /** The n-th line of a channel in one life of a server, if there is one. */
  shown(sid: Sid, life: number, channel: string, n: number): number | undefined {
    return this.#channels.get(`${sid} ${life} ${channel}`)?.[n];
  }

  /** Whether what happens of this kind at a server is in the log; of a server that no line names nothing is. */
  records(sid: Sid, event: LogEvent['event']): boolean {
    const kind = RECORD_OF[event];
    return kind !== undefined && this.#bySid.has(sid) && this.log.header.records.includes(kind);
  }

  /** The first line of a kind that the header does not announce. */
  static unannounced({
    events,
    header,
  }: {
    readonly events: readonly LogEvent[];
    readonly header: LogHeader;
  }) {
    return events.find(({ event }) => {
      const kind = RECORD_OF[event];
      return kind !== undefined && kind !== 'lifecycle' && !header.records.includes(kind);
    });
  }
}
