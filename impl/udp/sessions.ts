/**
 * Datagrams between the servers: sealed, numbered, and good for one life of the sender and one of the receiver. Two
 * servers that have not met say HELLO, each with its boot id and a nonce, until each has heard its own nonce back; so
 * nothing that was recorded before is ever taken for new. An older datagram behind a newer one is dropped.
 */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { Sid } from '../../spec/zxid.js';
import { Reader, Writer } from './bytes.js';
import { derive, isMac, MAC, mac, type SealingKey, seal, sealingKey, unseal } from './keys.js';
import { TAG } from './sodium.js';

const MAGIC = 0x5a414231;
const HELLO = 0;
const DATA = 1;
/** Nothing in it: it is only sent to find out whether anyone is there at all. */
const PROBE = 2;
const HEADER = 4 + 1 + 4 + 4 + 8;
const NONCE = 16;
const LIFE = 8 + NONCE;
const NO_LIFE = Buffer.alloc(LIFE);
/** An answer to a stranger costs something; nobody gets more than this. */
const HELLO_EVERY_MS = 50;

export const PROBE_DATAGRAM: Buffer = new Writer().u32(MAGIC).u8(PROBE).bytes();

export type DropReason =
  | 'not ours'
  | 'not a peer'
  | 'not for this server'
  | 'forged'
  | 'earlier life'
  | 'replayed'
  | 'no session'
  | 'malformed';

interface Session {
  readonly boot: number;
  /** Boot id and nonce of the peer, as bytes. */
  readonly life: Buffer;
  readonly secret: Buffer;
  readonly sends: SealingKey;
  readonly receives: SealingKey;
  sent: number;
  received: number;
}

export interface SessionEvents {
  readonly transmit: (to: Sid, datagram: Buffer) => void;
  readonly received: (from: Sid, plain: Buffer) => void;
  readonly dropped: (reason: DropReason) => void;
  readonly now: () => number;
}

export class Sessions {
  readonly #life: Buffer;
  readonly #helloKey: Buffer;
  readonly #sessions = new Map<Sid, Session>();
  readonly #greetedAt = new Map<Sid, number>();
  /** What was last said to a peer that has not been met yet. */
  readonly #unsaid = new Map<Sid, Buffer>();

  constructor(
    readonly self: Sid,
    readonly peers: readonly Sid[],
    readonly boot: number,
    readonly master: Buffer,
    readonly events: SessionEvents,
  ) {
    this.#life = new Writer().f64(boot).raw(randomBytes(NONCE)).bytes();
    this.#helloKey = derive(master, Buffer.alloc(0), 'zab hello');
  }

  send(to: Sid, plain: Buffer): void {
    const session = this.#sessions.get(to);
    if (session === undefined) {
      this.#unsaid.set(to, plain);
      this.#greet(to);
    } else this.#sendIn(session, to, plain);
  }

  /** A secret of this life of both, for a link; null before they have met. */
  secretOf(peer: Sid): Buffer | null {
    return this.#sessions.get(peer)?.secret ?? null;
  }

  #sendIn(session: Session, to: Sid, plain: Buffer): void {
    const number = ++session.sent;
    const writer = new Writer(HEADER + plain.length + TAG).u32(MAGIC).u8(DATA).u32(this.self).u32(to);
    const datagram = writer.f64(number).raw(plain).gap(TAG).bytes();
    seal(session.sends, number, datagram, HEADER);
    this.events.transmit(to, datagram);
  }

  // --- what arrives

  /** Never throws, whatever arrives. */
  datagram(bytes: Buffer): void {
    const header = Reader.all(bytes.subarray(0, 5), (reader) => [reader.u32(), reader.u8()] as const);
    const kind = header?.[0] === MAGIC ? header[1] : null;
    if (kind === PROBE) return;
    const reason = kind === HELLO ? this.#hello(bytes) : kind === DATA ? this.#data(bytes) : 'not ours';
    if (reason !== null) this.events.dropped(reason);
  }

  #data(bytes: Buffer): DropReason | null {
    const read = Reader.all(bytes.subarray(5, HEADER), (r) => [r.u32(), r.u32(), r.f64()] as const);
    if (read === null) return 'malformed';
    const [from, to, number] = read;
    if (to !== this.self) return 'not for this server';
    if (!this.peers.includes(from)) return 'not a peer';
    const session = this.#sessions.get(from);
    if (session === undefined) {
      this.#greet(from);
      return 'no session';
    }
    if (!Number.isSafeInteger(number) || number < 0) return 'malformed';
    const plain = unseal(session.receives, number, bytes, HEADER);
    if (plain === null) {
      // Perhaps it is another life of the peer that speaks.
      this.#greet(from);
      return 'forged';
    }
    if (number <= session.received) return 'replayed';
    session.received = number;
    this.events.received(from, plain);
    return null;
  }

  #hello(bytes: Buffer): DropReason | null {
    const read = Reader.all(bytes.subarray(5), (r) => ({
      from: r.u32(),
      to: r.u32(),
      life: r.raw(LIFE),
      echo: r.raw(LIFE),
      mac: r.raw(MAC),
    }));
    if (read === null) return 'malformed';
    const { from, to, life, echo } = read;
    if (to !== this.self) return 'not for this server';
    if (!this.peers.includes(from)) return 'not a peer';
    if (!isMac(this.#helloKey, bytes.subarray(0, bytes.length - MAC), read.mac)) return 'forged';
    const boot = life.readDoubleBE(0);
    const known = this.#sessions.get(from);
    if (known !== undefined && boot < known.boot) return 'earlier life';
    const knowsUs = echo.equals(this.#life);
    if (knowsUs && !known?.life.equals(life)) this.#meet(from, Buffer.from(life));
    else if (!knowsUs) this.#sayHello(from, life);
    return null;
  }

  // --- meeting

  #greet(to: Sid): void {
    const now = this.events.now();
    if (now - (this.#greetedAt.get(to) ?? Number.NEGATIVE_INFINITY) < HELLO_EVERY_MS) return;
    this.#greetedAt.set(to, now);
    this.#sayHello(to, this.#sessions.get(to)?.life ?? NO_LIFE);
  }

  #sayHello(to: Sid, echo: Buffer): void {
    const hello = new Writer().u32(MAGIC).u8(HELLO).u32(this.self).u32(to).raw(this.#life).raw(echo).bytes();
    this.events.transmit(to, Buffer.concat([hello, mac(this.#helloKey, hello)]));
  }

  /** It has answered this life of ours, so this life of it is the present one. */
  #meet(peer: Sid, life: Buffer): void {
    const lives = this.self < peer ? [this.#life, life] : [life, this.#life];
    const pair = [Math.min(this.self, peer), Math.max(this.self, peer)].join(' ');
    const secret = derive(this.master, Buffer.concat(lives), `zab session ${pair}`);
    const key = (from: Sid): SealingKey => sealingKey(secret, Buffer.alloc(0), `zab datagrams from ${from}`);
    const session: Session = {
      boot: life.readDoubleBE(0),
      life,
      secret,
      sends: key(this.self),
      receives: key(peer),
      sent: 0,
      received: 0,
    };
    this.#sessions.set(peer, session);
    this.#sayHello(peer, life);
    const unsaid = this.#unsaid.get(peer);
    this.#unsaid.delete(peer);
    if (unsaid !== undefined) this.#sendIn(session, peer, unsaid);
  }
}
