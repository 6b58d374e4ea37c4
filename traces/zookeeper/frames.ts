/**
 * Cuts the bytes of a TCP connection between two servers into whole messages, as they come. Nothing is copied twice or
 * looked at twice: a parser is a generator that says how many bytes it wants next. Limits keep a length that was not
 * meant from being waited for.
 */
import { type Initial, decodeInitial, decodeNotification, type ElectionNotification } from './election.js';
import { CodecError, decode } from './codec.js';
import { decodePacket, END_OF_NODES, type QuorumPacket, type Snapshot, snapshot } from './quorum.js';

export type Message =
  | { readonly kind: 'initial'; readonly raw: Buffer; readonly message: Initial }
  | { readonly kind: 'notification'; readonly raw: Buffer; readonly message: ElectionNotification }
  | { readonly kind: 'packet'; readonly raw: Buffer; readonly message: QuorumPacket }
  | { readonly kind: 'snapshot'; readonly raw: Buffer; readonly message: Snapshot };

/** Wants so many bytes, is given them; returns when a message is whole. */
type Wanting = Generator<number, void, Buffer>;

/** ZooKeeper: QuorumCnxManager.PACKETMAXSIZE. */
const MOST_NOTIFICATION = 512 * 1024;
/** ZooKeeper: jute.maxbuffer and what is added to it. */
const MOST_BYTES = 2 ** 24;
const MOST_ITEMS = 2 ** 24;

const within = (what: string, n: number, most: number): number => {
  if (n < -1 || n > most) throw new CodecError(`${what} of ${n}; from -1 to ${most} is possible`);
  return Math.max(0, n);
};

function* int32(): Generator<number, number, Buffer> {
  return (yield 4).readInt32BE(0);
}

function* field(what: string, most = MOST_BYTES): Generator<number, Buffer, Buffer> {
  return yield within(`a ${what}`, yield* int32(), most);
}

function* initialBytes(): Wanting {
  yield 16;
  yield* field('list of addresses', MOST_NOTIFICATION);
}

function* notificationBytes(): Wanting {
  yield* field('notification', MOST_NOTIFICATION);
}

function* identities(what: string): Wanting {
  for (let n = within(what, yield* int32(), MOST_ITEMS); n > 0; n--) {
    yield* field('scheme');
    yield* field('id');
  }
}

function* packetBytes(): Wanting {
  yield 12;
  yield* field('payload');
  yield* identities('an auth count');
}

function* acl(): Wanting {
  for (let n = within('an ACL count', yield* int32(), MOST_ITEMS); n > 0; n--) {
    yield 4;
    yield* field('scheme');
    yield* field('id');
  }
}

const SESSION_BYTES = 12;
const NODE_TAIL_BYTES = 8 + 60;

function* snapshotBytes(): Wanting {
  yield SESSION_BYTES * within('a session count', yield* int32(), MOST_ITEMS / SESSION_BYTES);
  for (let n = within('an ACL count', yield* int32(), MOST_ITEMS); n > 0; n--) {
    yield 8;
    yield* acl();
  }
  while (true) {
    const path = yield* field('path');
    if (path.toString() === END_OF_NODES) break;
    yield* field('node');
    yield NODE_TAIL_BYTES;
  }
  yield* field('signature');
}

/** One message after the other: what its bytes are, and what they mean. */
type Conversation = Generator<
  { readonly bytes: Wanting; readonly read: (raw: Buffer) => Message },
  void,
  Message
>;

const notification = () => ({
  bytes: notificationBytes(),
  read: (raw: Buffer): Message => ({ kind: 'notification', raw, message: decodeNotification(raw) }),
});

function* dialled(): Conversation {
  yield {
    bytes: initialBytes(),
    read: (raw) => ({ kind: 'initial', raw, message: decodeInitial(raw) }),
  };
  yield* answering();
}

function* answering(): Conversation {
  while (true) yield notification();
}

function* quorum(): Conversation {
  while (true) {
    const last = yield {
      bytes: packetBytes(),
      read: (raw) => ({ kind: 'packet', raw, message: decodePacket(raw) }),
    };
    if (last.kind === 'packet' && last.message.type === 'SNAP')
      yield {
        bytes: snapshotBytes(),
        read: (raw) => ({ kind: 'snapshot', raw, message: decode(snapshot, raw) }),
      };
  }
}

/**
 * What one side of a connection says. `dialled`: an election connection, from the side that opened it; `answering`: from the
 * other side; `quorum`: either side between a learner and its leader.
 */
export type Side = 'dialled' | 'answering' | 'quorum';

const CONVERSATIONS: Readonly<Record<Side, () => Conversation>> = { dialled, answering, quorum };

export class Frames {
  readonly #conversation: Conversation;
  #next: { readonly bytes: Wanting; readonly read: (raw: Buffer) => Message };
  /** What has come and is not consumed by a message yet. */
  #chunks: Buffer[] = [];
  #length = 0;
  /** Of the message that is being read. */
  #parts: Buffer[] = [];
  #wanted: number;

  constructor(side: Side) {
    this.#conversation = CONVERSATIONS[side]();
    this.#next = this.#conversation.next().value!;
    this.#wanted = this.#next.bytes.next().value!;
  }

  /** In bytes: what belongs to a message that is not whole yet. */
  get pending(): number {
    return this.#length + this.#parts.reduce((sum, part) => sum + part.length, 0);
  }

  /**
   * The messages that are whole with this.
   * @throws CodecError if these bytes are none of ZooKeeper's; the connection has no meaning from there on
   */
  push(chunk: Buffer): readonly Message[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: Message[] = [];
    while (this.#length >= this.#wanted) {
      const part = this.#take(this.#wanted);
      this.#parts.push(part);
      const want = this.#next.bytes.next(part);
      if (!want.done) {
        this.#wanted = want.value;
        continue;
      }
      const message = this.#next.read(Buffer.concat(this.#parts));
      this.#parts = [];
      messages.push(message);
      this.#next = this.#conversation.next(message).value!;
      this.#wanted = this.#next.bytes.next().value!;
    }
    return messages;
  }

  #take(size: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = size < all.length ? [all.subarray(size)] : [];
    this.#length -= size;
    return all.subarray(0, size);
  }
}
