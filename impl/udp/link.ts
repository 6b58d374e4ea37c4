/**
 * A link between a learner and its leader: an ordered, reliable stream over UDP (by `udx-native`), its frames sealed, and
 * datagrams that save the stream most of the work (see `Delivery`). Whatever is wrong with it breaks it, and both ends
 * are told: this one by `closed`, the other by the stream.
 */
import { Buffer } from 'node:buffer';
import { createSocket, type Socket } from 'node:dgram';
import type { UDXStream } from 'udx-native';
import type { Txn } from '../../spec/history.js';
import type { Message, SNAP } from '../../spec/messages.js';
import type { Sid } from '../../spec/zxid.js';
import type { Image, Link, LinkEvents } from '../network.js';
import { BEAT_MS } from './beat.js';
import { Reader, Writer } from './bytes.js';
import { decodeEntry, decodeMessage, encodeEntry, encodeMessage } from './codec.js';
import { DatagramReader, DatagramWriter } from './datagrams.js';
import { Delivery } from './delivery.js';
import {
  decodeParts,
  encodeParts,
  type Frame,
  FrameReader,
  FULL,
  linkKeys,
  PART,
  type Part,
  sealFrame,
} from './frames.js';
import { Outbox } from './outbox.js';
import { type DropReason, PROBE_DATAGRAM } from './sessions.js';

export interface LinkOptions {
  readonly peer: Sid;
  /** What this end is. */
  readonly role: 'leader' | 'learner';
  readonly stream: UDXStream;
  readonly secret: Buffer;
  readonly id: Buffer;
  readonly address: { readonly host: string; readonly port: number };
  /** The stream's id at the other end. */
  readonly remote: number;
  /** Sends a datagram; null where there is but the stream. */
  readonly transmit: ((datagram: Buffer) => void) | null;
  readonly now: () => number;
  /** Calls back once, at the next beat. */
  readonly atNextBeat: (task: () => void) => void;
  /** Called once, however it ends. */
  readonly ended: (link: UdpLink) => void;
  readonly malformed: () => void;
  /** The peer has said something for the first time, and it was the peer. */
  readonly spoke?: (link: UdpLink) => void;
}

/**
 * A process that was killed says nothing; its host does, to whoever sends to a port that nobody has. A datagram now and
 * then, from a socket that is told of such answers, notices a death long before silence does.
 */
const PROBE_EVERY_MS = BEAT_MS;

/** Bytes of a frame in a datagram: what no path cuts, and on this machine what UDP has room for. */
const MOST = 1_300;
const MOST_LOOPBACK = 60_000;

/** Who goes to its own machine passes nothing that could be too narrow. */
const mostFor = (host: string): number => (host === '::1' || host.startsWith('127.') ? MOST_LOOPBACK : MOST);

const isBulk = ({ kind }: Part): boolean => kind !== PART.message;

const snapParts = function* (message: SNAP, { zxid, pieces }: Image): Iterator<Part> {
  yield { kind: PART.imageBegins, bytes: new Writer().zxid(zxid).bytes() };
  for (const piece of pieces)
    yield { kind: PART.imagePiece, bytes: Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) };
  for (const txn of message.history.entries) yield { kind: PART.snapEntry, bytes: encodeEntry(txn) };
  yield { kind: PART.message, bytes: encodeMessage(message) };
};

export class UdpLink implements Link {
  readonly #options: LinkOptions;
  readonly #reader: FrameReader;
  readonly #datagrams: DatagramReader;
  readonly #outbox: Outbox;
  readonly #delivery: Delivery;
  readonly #probe: Socket;
  #entries: Txn[] = [];
  #events: LinkEvents | null = null;
  /** What came before anyone listened. */
  #early: Part[] = [];
  #heardAt: number;
  #hasSpoken = false;
  #isOpen = true;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { role, stream, secret, id, remote } = options;
    const { toLeader, toLearner } = linkKeys(secret, id, role === 'leader' ? stream.id : remote);
    const [own, other] = role === 'leader' ? [toLearner, toLeader] : [toLeader, toLearner];
    this.#reader = new FrameReader(other.stream);
    this.#datagrams = new DatagramReader(other.datagrams);
    const writer = new DatagramWriter(own.datagrams, remote);
    this.#heardAt = options.now();
    const most = options.transmit === null ? 0 : mostFor(options.address.host);
    this.#outbox = new Outbox({
      most: () => this.#delivery.most ?? FULL,
      write: (parts) => {
        const bytes = encodeParts(parts);
        const isTooLong = parts.length === 1 && bytes.length > most;
        return this.#delivery.send(bytes, isTooLong || parts.some(isBulk));
      },
    });
    this.#delivery = new Delivery({
      most,
      now: options.now,
      atNextBeat: options.atNextBeat,
      transmit: (signs, frame) => options.transmit?.(writer.datagram(signs, frame)),
      stream: (frame) => stream.write(sealFrame(own.stream, frame)),
      drained: () => this.#outbox.drained(),
    });
    stream.on('drain', () => {
      this.#heardAt = options.now();
      if (!this.#delivery.isWaiting) this.#outbox.drained();
    });
    stream.on('data', (chunk: Buffer) => this.#data(chunk));
    for (const event of ['error', 'end', 'close'] as const) stream.on(event, () => this.#broke());
    this.#probe = createSocket(options.address.host.includes(':') ? 'udp6' : 'udp4');
    this.#startProbing();
  }

  get peer(): Sid {
    return this.#options.peer;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** From here on it is known what becomes of what arrives. */
  listen(events: LinkEvents): void {
    this.#events = events;
    const early = this.#early;
    this.#early = [];
    for (const part of early) this.#part(part);
    if (!this.#isOpen) events.closed();
  }

  heardAt = (): number => this.#heardAt;

  send = (message: Message, canWait = false): void =>
    this.#outbox.add({ kind: PART.message, bytes: encodeMessage(message) }, canWait);

  sendSnap = (message: SNAP, image: Image): void => this.#outbox.add(snapParts(message, image));

  close = (): void => {
    this.#events = null;
    this.#end();
  };

  // --- its end

  #broke(): void {
    const events = this.#events;
    this.#events = null;
    if (this.#end()) events?.closed();
  }

  #end(): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    this.#probe.close();
    this.#outbox.close();
    this.#delivery.close();
    this.#options.stream.destroy();
    this.#options.ended(this);
    return true;
  }

  #startProbing(): void {
    const { port, host } = this.#options.address;
    let isConnected = false;
    this.#probe.on('error', () => this.#broke());
    this.#probe.connect(port, host, (error?: Error) => {
      isConnected = error === undefined;
    });
    // Whoever was just heard is not dead.
    const probe = (): void => {
      if (!this.#isOpen) return;
      const isSilent = this.#options.now() - this.#heardAt >= PROBE_EVERY_MS;
      if (isConnected && isSilent) this.#probe.send(PROBE_DATAGRAM);
      this.#options.atNextBeat(probe);
    };
    this.#options.atNextBeat(probe);
  }

  // --- what arrives

  #data(chunk: Buffer): void {
    if (!this.#isOpen) return;
    this.#heardAt = this.#options.now();
    const frames = this.#reader.push(chunk);
    if (frames === null) this.#reject();
    else for (const frame of frames) this.#streamed(frame);
  }

  /** The stream brings nothing that is ahead of what this end lacks. */
  #streamed(frame: Frame): void {
    if (this.#isOpen && this.#delivery.isAhead(frame)) this.#reject();
    else this.#frame(frame);
  }

  /** @returns why it was dropped, if it was */
  datagram(datagram: Buffer): DropReason | null {
    if (!this.#isOpen) return null;
    const read = this.#datagrams.read(datagram);
    if (typeof read === 'string') return read;
    this.#heardAt = this.#options.now();
    if (!this.#delivery.confirmed(read)) this.#reject();
    else if (read.frame !== null) this.#frame(read.frame);
    return null;
  }

  #frame(frame: Frame): void {
    if (!this.#isOpen || !this.#delivery.arrived(frame)) return;
    const parts = decodeParts(frame.bytes);
    if (parts === null) {
      this.#reject();
      return;
    }
    if (!this.#hasSpoken) {
      this.#hasSpoken = true;
      this.#options.spoke?.(this);
    }
    for (const part of parts) {
      if (!this.#isOpen) return;
      if (this.#events === null) this.#early.push(part);
      else this.#part(part);
    }
  }

  #reject(): void {
    this.#options.malformed();
    this.#broke();
  }

  #part({ kind, bytes }: Part): void {
    const isUnderstood =
      this.#options.role === 'learner' ? this.#fromLeader(kind, bytes) : this.#fromLearner(kind, bytes);
    if (!isUnderstood) this.#reject();
  }

  #fromLearner(kind: number, bytes: Buffer): boolean {
    const message = kind === PART.message ? decodeMessage(bytes, 'leader') : null;
    if (message !== null) this.#events?.received(message);
    return message !== null;
  }

  #fromLeader(kind: number, bytes: Buffer): boolean {
    if (kind === PART.imagePiece) {
      this.#events?.imagePiece(bytes);
      return true;
    }
    if (kind === PART.imageBegins) {
      const zxid = Reader.all(bytes, (reader) => reader.zxid());
      this.#entries = [];
      if (zxid !== null) this.#events?.imageBegins(zxid);
      return zxid !== null;
    }
    if (kind === PART.snapEntry) {
      const txn = decodeEntry(bytes);
      if (txn !== null) this.#entries.push(txn);
      return txn !== null;
    }
    const message = kind === PART.message ? decodeMessage(bytes, 'learner', this.#entries) : null;
    if (message?.type === 'SNAP') this.#entries = [];
    if (message !== null) this.#events?.received(message);
    return message !== null;
  }
}
