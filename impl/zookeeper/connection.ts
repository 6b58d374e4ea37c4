/**
 * One client: packets in, replies out, in the order of the requests. Writes are under way together; a read waits for
 * the writes in front of it, so that a client sees its own. When this server can no longer say what becomes of a write,
 * or has no leader, it closes the connection: the client sees ConnectionLoss.
 */
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import type { Socket } from 'node:net';
import { atEndOfTurn } from '../turn.js';
import { ERROR, MOST_PACKET, OP, XID } from './codes.js';
import { JuteReader, JuteWriter } from './jute.js';
import { type Answer, type Asked, parseRequest } from './requests.js';
import type { Service } from './service.js';
import { negotiate, type Session, type Sessions } from './sessions.js';
import { parseResult } from './tree.js';

export interface ConnectionEvents {
  readonly packet: (direction: 'in' | 'out') => void;
  readonly served: (tookMs: number, isWrite: boolean) => void;
  readonly closed: (connection: Connection) => void;
}

interface Slot {
  readonly xid: number;
  readonly askedAt: number;
  readonly isWrite: boolean;
  answer: Answer | null;
  /** A read, to be done when its turn comes. */
  readonly run: (() => Answer) | null;
}

/** Requests of one client that may be under way; its packets are not read while there are more. */
const MOST_SLOTS = 1_000;
const LENGTH = 4;
/** Which request, the newest zxid here, and the error. */
const REPLY_HEADER = 4 + 8 + 4;
const NOTHING = Buffer.alloc(0);
const EXPIRED: Session = { id: 0n, password: Buffer.alloc(16) };

export class Connection {
  #pending: Buffer = Buffer.alloc(0);
  #session: Session | null = null;
  #slots: Slot[] = [];
  #isClosed = false;
  #isClosing = false;
  #silence: NodeJS.Timeout | null = null;
  #out: Buffer[] = [];

  constructor(
    readonly socket: Socket,
    readonly service: Service,
    readonly sessions: Sessions,
    readonly events: ConnectionEvents,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#slots = [];
    if (this.#silence) clearTimeout(this.#silence);
    this.socket.destroy();
    this.events.closed(this);
  }

  /** Bytes that the front has read already. */
  feed(chunk: Buffer): void {
    this.#data(chunk);
  }

  #data(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#silence?.refresh();
    try {
      while (!this.#isClosed && !this.#isClosing) {
        const packet = this.#nextPacket();
        if (packet === null) break;
        this.events.packet('in');
        this.#packet(new JuteReader(packet));
      }
    } catch {
      // A packet that is cut short, or longer than any.
      this.close();
    }
    if (this.#slots.length > MOST_SLOTS) this.socket.pause();
  }

  #nextPacket(): Buffer | null {
    if (this.#pending.length < LENGTH) return null;
    const length = this.#pending.readInt32BE(0);
    if (length < 0 || length > MOST_PACKET) throw new RangeError(`a packet of ${length} bytes`);
    if (this.#pending.length < LENGTH + length) return null;
    const packet = this.#pending.subarray(LENGTH, LENGTH + length);
    this.#pending = this.#pending.subarray(LENGTH + length);
    return packet;
  }

  #packet(reader: JuteReader): void {
    if (this.#session === null) this.#connect(reader);
    else this.#request(reader);
  }

  // --- the session

  #connect(reader: JuteReader): void {
    const version = reader.int();
    const lastZxidSeen = reader.number();
    const timeoutMs = negotiate(reader.int());
    const id = reader.long();
    const password = reader.bytes() ?? Buffer.alloc(0);
    const asksReadOnly = !reader.isAtEnd;
    // A client that has seen more than this server would see the past.
    if (!this.service.isServing || lastZxidSeen > this.service.applied) {
      this.close();
      return;
    }
    const session = id === 0n ? this.sessions.open() : this.sessions.reopen(id, password);
    const { id: told, password: secret } = session ?? EXPIRED;
    const writer = new JuteWriter().int(version).int(session === null ? 0 : timeoutMs);
    writer.long(told).bytes(secret);
    if (asksReadOnly) writer.bool(false);
    this.#write(new JuteWriter().bytes(writer.done()).done());
    if (session === null) this.#end();
    else {
      this.#session = session;
      this.#silence = setTimeout(() => this.close(), timeoutMs);
    }
  }

  // --- requests

  #request(reader: JuteReader): void {
    const [xid, type] = [reader.int(), reader.int()];
    if (type === OP.ping) {
      this.#reply(XID.ping, { error: ERROR.ok });
      return;
    }
    const asked = parseRequest(type, reader, Date.now());
    const slot: Slot = {
      xid,
      askedAt: performance.now(),
      isWrite: asked.kind === 'write',
      answer:
        asked.kind === 'error' ? { error: asked.error } : asked.kind === 'close' ? { error: ERROR.ok } : null,
      run: asked.kind === 'read' ? () => asked.run(this.service.tree) : null,
    };
    this.#slots.push(slot);
    this.#start(slot, asked);
  }

  #start(slot: Slot, asked: Asked): void {
    if (asked.kind === 'close') this.#isClosing = true;
    if (asked.kind === 'write')
      this.service.submit(asked.write, (outcome) => {
        if (this.#isClosed) return;
        if (outcome.kind === 'done') {
          slot.answer = parseResult(outcome.result);
          this.#advance();
        } else this.close();
      });
    else this.#advance();
  }

  /** Replies to all that is answered, up to the first that is not. */
  #advance(): void {
    let done = 0;
    for (const slot of this.#slots) {
      slot.answer ??= slot.run?.() ?? null;
      if (slot.answer === null) break;
      this.#reply(slot.xid, slot.answer);
      this.events.served(performance.now() - slot.askedAt, slot.isWrite);
      done += 1;
    }
    if (done === 0) return;
    this.#slots.splice(0, done);
    if (this.socket.isPaused() && this.#slots.length < MOST_SLOTS / 2) this.socket.resume();
    if (this.#isClosing && this.#slots.length === 0) this.#end();
  }

  #reply(xid: number, { error, body }: Answer): void {
    const told = error === ERROR.ok && body !== undefined ? body : NOTHING;
    const length = REPLY_HEADER + told.length;
    const writer = new JuteWriter(LENGTH + length).int(length).int(xid).number(this.service.applied);
    this.#write(writer.int(error).raw(told).done());
  }

  /** What is replied in one turn goes out together. */
  #write(packet: Buffer): void {
    this.events.packet('out');
    if (this.#out.length === 0) atEndOfTurn(this.#flush);
    this.#out.push(packet);
  }

  #flush = (): void => {
    const packet = this.#out.length === 1 ? this.#out.pop()! : Buffer.concat(this.#out);
    if (this.#out.length > 0) this.#out = [];
    if (!this.#isClosed && packet.length > 0) this.socket.write(packet);
  };

  #end(): void {
    this.#flush();
    this.socket.end();
  }
}
