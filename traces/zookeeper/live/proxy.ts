/**
 * Stands between the servers of an ensemble: each knows the others only by ports of this proxy, one for each ordered pair
 * and channel. Every message is read whole and recorded; a script says which to hold back, to release or to drop, and
 * which pairs are cut off. The proxy listens only while the server behind it does, as far as anyone can tell.
 */
import { createServer, connect, type Server, type Socket } from 'node:net';
import type { Sid } from '../../../spec/zxid.js';
import { CodecError } from '../codec.js';
import { encodeInitial } from '../election.js';
import { Frames, type Message } from '../frames.js';
import { HOST, listeningPorts } from './ports.js';
import type { Recorder } from './recorder.js';

export type Channel = 'E' | 'Q';

/** A message on its way, as a script sees it. */
export interface Passing {
  readonly seq: number;
  readonly ch: Channel;
  readonly conn: number;
  readonly from: Sid;
  readonly to: Sid;
  /** INITIAL, NOTIFICATION, SNAPSHOT_STREAM, or a packet's type. */
  readonly type: string;
  readonly message: Message;
}

export type Rule = (passing: Passing) => boolean;

/** Holds back what fits, until it is over. */
export interface Hold {
  /** Delivers what is held, and holds no more. */
  readonly release: () => void;
  /** What is held never arrives, nor anything behind it on its connection; and holds no more. */
  readonly drop: () => void;
  /** What is held at present. */
  readonly held: () => readonly Passing[];
}

interface Way {
  readonly from: Sid;
  readonly to: Sid;
  readonly source: Socket;
  readonly target: Socket;
  readonly frames: Frames;
  readonly queue: { readonly passing: Passing; readonly bytes: Buffer }[];
  isOver: boolean;
  /** Something on it was dropped: a stream without a hole has to end there. */
  isLost: boolean;
}

interface Link {
  readonly ch: Channel;
  readonly conn: number;
  readonly from: Sid;
  readonly to: Sid;
  readonly ways: readonly Way[];
  isClosed: boolean;
}

export interface Route {
  readonly ch: Channel;
  readonly from: Sid;
  readonly to: Sid;
  /** Where `from` believes `to` to be. */
  readonly port: number;
  /** Where it is. */
  readonly realPort: number;
}

const LOOK_EVERY_MS = 10;

const typeOf = ({ kind, message }: Message): string =>
  kind === 'packet'
    ? message.type
    : { initial: 'INITIAL', notification: 'NOTIFICATION', snapshot: 'SNAPSHOT_STREAM' }[kind];

/** What a reader of the capture wants to see at a glance. */
const shownOf = ({ kind, message }: Message): Readonly<Record<string, unknown>> => {
  const hex = (n: bigint): string => `0x${BigInt.asUintN(64, n).toString(16)}`;
  if (kind === 'packet') return { zxid: hex(message.zxid) };
  if (kind !== 'notification') return {};
  const { state, leader, zxid, electionEpoch, peerEpoch } = message;
  return {
    state,
    leader: String(leader),
    zxid: hex(zxid),
    electionEpoch: hex(electionEpoch),
    ...(peerEpoch !== null && { peerEpoch: hex(peerEpoch) }),
  };
};

const pair = (a: Sid, b: Sid): string => `${Math.min(a, b)}-${Math.max(a, b)}`;

export class ControllingProxy {
  readonly #listeners = new Map<Route, Server>();
  readonly #links = new Set<Link>();
  readonly #cut = new Set<string>();
  readonly #holds = new Set<Rule>();
  readonly #watchers = new Set<(passing: Passing) => void>();
  #timer: NodeJS.Timeout | null = null;
  #seq = 0;
  #conn = 0;
  /** A port that somebody else took, bytes that are none of ZooKeeper's. */
  failure: Error | null = null;

  constructor(
    readonly routes: readonly Route[],
    readonly recorder: Recorder,
  ) {}

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    for (const server of this.#listeners.values()) server.close();
    this.#listeners.clear();
    for (const link of this.#links) this.#close(link, 'stop');
  }

  /** From now on what fits is held, and what stands behind it on the same way. */
  hold(rule: Rule): Hold {
    this.#holds.add(rule);
    const held = (): readonly Passing[] =>
      [...this.#links].flatMap(({ ways }) =>
        ways.flatMap(({ queue }) => queue.map(({ passing }) => passing).filter(rule)),
      );
    const over = (drop: boolean) => (): void => {
      if (!this.#holds.delete(rule)) return;
      for (const link of this.#links) for (const way of link.ways) this.#pump(link, way, drop ? rule : null);
    };
    return { held, release: over(false), drop: over(true) };
  }

  /** Calls back for each message that is read, before it is forwarded or held; until the function that is returned is called. */
  watch(callback: (passing: Passing) => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  /** Nothing passes between these two any more, and what stood is broken. */
  cut(a: Sid, b: Sid): void {
    this.recorder.add('cut', { a, b });
    this.#cut.add(pair(a, b));
    for (const link of this.#links) if (pair(link.from, link.to) === pair(a, b)) this.#close(link, 'cut');
    this.#look();
  }

  heal(a: Sid, b: Sid): void {
    this.recorder.add('heal', { a, b });
    this.#cut.delete(pair(a, b));
  }

  #look(): void {
    const real = listeningPorts();
    for (const route of this.routes) {
      const isOpen = real.has(route.realPort) && !this.#cut.has(pair(route.from, route.to));
      const server = this.#listeners.get(route);
      if (isOpen && !server) this.#listen(route);
      if (!isOpen && server) {
        server.close();
        this.#listeners.delete(route);
      }
    }
  }

  #listen(route: Route): void {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
      this.#accept(route, socket),
    );
    server.on('error', (error) => {
      this.failure ??= new Error(`the proxy cannot listen on port ${route.port}: ${error.message}`);
    });
    server.listen(route.port, HOST);
    this.#listeners.set(route, server);
  }

  #accept(route: Route, near: Socket): void {
    near.on('error', () => {});
    const far = connect({ port: route.realPort, host: HOST, allowHalfOpen: true, noDelay: true });
    far.on('error', () => near.destroy());
    far.once('connect', () => this.#join(route, near, far));
  }

  #join({ ch, from, to }: Route, near: Socket, far: Socket): void {
    const conn = ++this.#conn;
    const way = (
      one: Sid,
      other: Sid,
      source: Socket,
      target: Socket,
      side: 'dialled' | 'answering',
    ): Way => ({
      from: one,
      to: other,
      source,
      target,
      frames: new Frames(ch === 'Q' ? 'quorum' : side),
      queue: [],
      isOver: false,
      isLost: false,
    });
    const ways = [way(from, to, near, far, 'dialled'), way(to, from, far, near, 'answering')];
    const link: Link = { ch, conn, from, to, ways, isClosed: false };
    this.#links.add(link);
    this.recorder.add('open', { ch, conn, from, to });
    for (const one of ways) {
      one.source.on('data', (chunk: Buffer) => this.#data(link, one, chunk));
      one.source.on('end', () => this.#over(link, one));
      one.source.on('close', () => this.#over(link, one));
    }
    near.resume();
  }

  #data(link: Link, way: Way, chunk: Buffer): void {
    if (link.isClosed) return;
    try {
      for (const message of way.frames.push(chunk)) this.#message(link, way, message);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.failure ??= new Error(
        `server ${way.from} to ${way.to}, connection ${link.conn}: ${error.message}`,
      );
      this.#close(link, 'unreadable');
    }
  }

  #message(link: Link, way: Way, message: Message): void {
    const { ch, conn } = link;
    const { from, to } = way;
    const passing: Passing = { seq: ++this.#seq, ch, conn, from, to, type: typeOf(message), message };
    const bytes = this.#rewritten(message, from, to);
    const isHeld = way.isLost || way.queue.length > 0 || this.#isHeld(passing);
    const { seq, type } = passing;
    this.recorder.add('msg', {
      ...{ seq, ch, conn, from, to, type, ...shownOf(message), raw: message.raw.toString('hex') },
      ...(bytes !== message.raw && { sentRaw: bytes.toString('hex') }),
      ...(isHeld && { held: true }),
    });
    if (isHeld) way.queue.push({ passing, bytes });
    else way.target.write(bytes);
    if (way.isLost) this.#pump(link, way, null);
    for (const callback of this.#watchers) callback(passing);
  }

  /** A server that is called by a smaller one calls back, at the address that it is told: ours. */
  #rewritten({ kind, message, raw }: Message, from: Sid, to: Sid): Buffer {
    if (kind !== 'initial') return raw;
    const back = this.routes.find((route) => route.ch === 'E' && route.from === to && route.to === from);
    return back ? encodeInitial({ ...message, addresses: `${HOST}:${back.port}` }) : raw;
  }

  #isHeld(passing: Passing): boolean {
    return [...this.#holds].some((rule) => rule(passing));
  }

  #pump(link: Link, way: Way, dropped: Rule | null): void {
    if (link.isClosed) return;
    while (way.queue.length > 0) {
      const { passing, bytes } = way.queue[0]!;
      const { seq: ref, type, from, to } = passing;
      way.isLost ||= dropped?.(passing) ?? false;
      if (!way.isLost && this.#isHeld(passing)) break;
      way.queue.shift();
      this.recorder.add(way.isLost ? 'drop' : 'release', { ref, type, from, to });
      if (!way.isLost) way.target.write(bytes);
    }
    if (way.isOver && way.queue.length === 0) this.#finish(link);
  }

  /** A side has said all that it has to say. */
  #over(link: Link, way: Way): void {
    if (link.isClosed || way.isOver) return;
    way.isOver = true;
    const { from, to, queue } = way;
    const { ch, conn } = link;
    this.recorder.add('srcEnd', { ch, conn, from, to, queued: queue.length });
    if (queue.length === 0) this.#finish(link);
  }

  #finish(link: Link): void {
    for (const { isOver, queue, target } of link.ways) if (isOver && queue.length === 0) target.end();
    if (link.ways.every(({ isOver, queue }) => isOver && queue.length === 0)) this.#close(link, 'srcClosed');
  }

  #close(link: Link, why: string): void {
    if (link.isClosed) return;
    link.isClosed = true;
    this.#links.delete(link);
    const refs = link.ways.flatMap(({ queue }) => queue.map(({ passing }) => passing.seq));
    const { ch, conn, from, to } = link;
    if (refs.length > 0) this.recorder.add('lost', { refs });
    this.recorder.add('close', { ch, conn, from, to, why });
    for (const { source } of link.ways) {
      if (why === 'srcClosed') source.destroySoon();
      else source.resetAndDestroy();
    }
  }
}
