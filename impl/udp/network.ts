/**
 * The network of one server: a UDP socket on which sealed datagrams carry votes and the knocking of learners, and
 * streams carry links.
 */
import { Buffer } from 'node:buffer';
import { randomBytes, randomInt } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import UDX, { type UDXSocket, type UDXStream } from 'udx-native';
import type { Notification } from '../../spec/messages.js';
import type { Sid } from '../../spec/zxid.js';
import type { Link, LinkEvents, Network, NetworkEvents } from '../network.js';
import { Beat } from './beat.js';
import { Reader, Writer } from './bytes.js';
import { type Address, Express } from './express.js';
import { decodeNotification, encodeNotification } from './codec.js';
import { masterKey } from './keys.js';
import { type LinkOptions, UdpLink } from './link.js';
import { type DropReason, Sessions } from './sessions.js';

export interface UdpOptions {
  readonly sid: Sid;
  /** Of every server, this one included. */
  readonly addresses: Readonly<Record<Sid, Address>>;
  /** Of those that have a second one for datagrams of links. */
  readonly express?: Readonly<Record<Sid, Address>>;
  /** The secret of the ensemble; null: whoever can reach the socket is a peer, so it had better be loopback. */
  readonly key: string | null;
  /** Grows from boot to boot. */
  readonly boot: number;
  readonly now: () => number;
  readonly dropped?: (reason: DropReason) => void;
}

const KIND = { notification: 0, knock: 1, welcome: 2, refused: 3 } as const;
const LINK_ID = 16;
const LINK_NUMBER = 4;
const KNOCK_EVERY_MS = 40;
/** A learner that was let in and does not come. */
const HALF_OPEN_MS = 5_000;
const NO_KEY = 'no key';

/** A learner's knocking, until it is let in. */
interface Knocking {
  readonly to: Sid;
  readonly id: Buffer;
  readonly stream: UDXStream;
  readonly timer: NodeJS.Timeout;
  readonly connected: (link: Link) => LinkEvents;
}

type LinkEnd = Pick<LinkOptions, 'role' | 'peer' | 'id' | 'stream' | 'spoke'> & {
  /** The stream's id at the other end. */
  readonly remote: number;
  readonly forget?: () => void;
};

const resolved = async (addresses: UdpOptions['addresses']): Promise<Record<Sid, Address>> => {
  const entries = Object.entries(addresses).map(async ([sid, { host, port }]) => {
    const { address } = await lookup(host);
    return [sid, { host: address, port }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
};

export class UdpNetwork implements Network {
  readonly #udx = new UDX();
  readonly #socket: UDXSocket;
  readonly #sessions: Sessions;
  /** By the id of their stream at this end. */
  readonly #links = new Map<number, UdpLink>();
  readonly #beat = new Beat();
  #express: Express | null = null;
  /** Learners that were let in, by link id, so that knocking twice opens one link. */
  readonly #welcomed = new Map<string, number>();
  #knocking: Knocking | null = null;
  #events: NetworkEvents | null = null;
  #isStopped = false;
  #closing: Promise<unknown> | null = null;

  private constructor(
    readonly options: UdpOptions,
    readonly addresses: Readonly<Record<Sid, Address>>,
  ) {
    const { sid, boot, key, now, dropped = () => {} } = options;
    const peers = Object.keys(addresses)
      .map(Number)
      .filter((peer) => peer !== sid);
    this.#socket = this.#udx.createSocket();
    this.#sessions = new Sessions(sid, peers, boot, masterKey(key ?? NO_KEY), {
      now,
      dropped,
      received: (from, plain) => this.#received(from, plain),
      transmit: (to, datagram) => {
        const { host, port } = addresses[to]!;
        if (!this.#isStopped) this.#socket.trySend(datagram, port, host);
      },
    });
    this.#socket.on('message', (bytes) => this.#sessions.datagram(bytes));
    const { host, port } = addresses[sid]!;
    this.#socket.bind(port, host);
  }

  /** @throws if a name cannot be resolved, or the port is taken */
  static async open(options: UdpOptions): Promise<UdpNetwork> {
    const network = new UdpNetwork(options, await resolved(options.addresses));
    try {
      await network.#openExpress();
    } catch (error) {
      await network.closed();
      throw error;
    }
    return network;
  }

  async #openExpress(): Promise<void> {
    const { sid, express = {} } = this.options;
    if (express[sid] === undefined) return;
    this.#express = await Express.open(sid, await resolved(express), (datagram) =>
      this.#linkDatagram(datagram),
    );
  }

  start = (events: NetworkEvents): void => {
    this.#events = events;
  };

  notify = (to: Sid, notification: Notification): void =>
    this.#sessions.send(to, new Writer().u8(KIND.notification).raw(encodeNotification(notification)).bytes());

  connect = (to: Sid, connected: (link: Link) => LinkEvents): (() => void) => {
    this.#giveUpKnocking();
    const id = randomBytes(LINK_ID);
    const stream = this.#createStream();
    const knock = (): void =>
      this.#sessions.send(to, new Writer().u8(KIND.knock).raw(id).u32(stream.id).bytes());
    const knocking: Knocking = { to, id, stream, connected, timer: setInterval(knock, KNOCK_EVERY_MS) };
    this.#knocking = knocking;
    knock();
    return () => {
      if (this.#knocking === knocking) this.#giveUpKnocking();
    };
  };

  stop = (): void => {
    if (this.#isStopped) return;
    this.#giveUpKnocking();
    for (const link of [...this.#links.values()]) link.close();
    this.#isStopped = true;
    this.#events = null;
    this.#closing = Promise.all([this.#socket.close(), this.#express?.close()]);
  };

  /** Resolves once the port is free again. */
  async closed(): Promise<void> {
    this.stop();
    await this.#closing;
  }

  // --- what arrives

  #received(from: Sid, plain: Buffer): void {
    if (this.#events === null) return;
    const [kind, body] = [plain[0], plain.subarray(1)];
    const isUnderstood =
      kind === KIND.notification
        ? this.#notified(from, body)
        : kind === KIND.knock
          ? this.#knock(from, body)
          : kind === KIND.welcome
            ? this.#welcome(from, body)
            : kind === KIND.refused;
    if (!isUnderstood) this.options.dropped?.('malformed');
  }

  /** One of a link that is gone is late, and nothing else. */
  #linkDatagram(datagram: Buffer): void {
    const id = datagram.length < LINK_NUMBER ? 0 : datagram.readUInt32BE(0);
    const reason = this.#links.get(id)?.datagram(datagram);
    if (reason) this.options.dropped?.(reason);
  }

  #notified(from: Sid, body: Buffer): boolean {
    const notification = decodeNotification(body);
    if (notification !== null) this.#events!.notified(from, notification);
    return notification !== null;
  }

  #readLinkIds = (body: Buffer): readonly [Buffer, number] | null =>
    Reader.all(body, (reader) => [reader.raw(LINK_ID), reader.u32()] as const);

  /** A learner wants in. */
  #knock(from: Sid, body: Buffer): boolean {
    const read = this.#readLinkIds(body);
    if (read === null) return false;
    const [id, remote] = read;
    const name = id.toString('hex');
    const reply = (kind: number, stream: number): void =>
      this.#sessions.send(from, new Writer().u8(kind).raw(id).u32(stream).bytes());
    const known = this.#welcomed.get(name);
    if (known !== undefined) reply(KIND.welcome, known);
    else if (!this.#events!.accepts()) reply(KIND.refused, 0);
    else {
      const stream = this.#createStream();
      this.#connectStream(stream, from, remote);
      this.#welcomed.set(name, stream.id);
      const end = { peer: from, id: Buffer.from(id), stream, remote };
      this.#awaitLearner(end, () => this.#welcomed.delete(name));
      reply(KIND.welcome, stream.id);
    }
    return true;
  }

  /** It counts as connected once it has said something. */
  #awaitLearner(end: Omit<LinkEnd, 'role'>, forget: () => void): void {
    const spoke = (link: UdpLink): void => {
      clearTimeout(late);
      if (this.#events !== null) link.listen(this.#events.accepted(link));
    };
    const link = this.#createLink({ ...end, role: 'leader', spoke, forget });
    const late = setTimeout(() => link?.close(), HALF_OPEN_MS);
    end.stream.once('close', () => clearTimeout(late));
  }

  /** The leader lets this server in. */
  #welcome(from: Sid, body: Buffer): boolean {
    const read = this.#readLinkIds(body);
    if (read === null) return false;
    const [id, remote] = read;
    const knocking = this.#knocking;
    // A second answer to the same knocking, or one to an earlier knocking, is nothing new.
    if (knocking === null || knocking.to !== from || !knocking.id.equals(id)) return true;
    this.#knocking = null;
    clearInterval(knocking.timer);
    const { stream } = knocking;
    this.#connectStream(stream, from, remote);
    const link = this.#createLink({ role: 'learner', peer: from, id: knocking.id, stream, remote });
    if (link !== null) link.listen(knocking.connected(link));
    return true;
  }

  #giveUpKnocking(): void {
    if (this.#knocking === null) return;
    clearInterval(this.#knocking.timer);
    this.#knocking.stream.destroy();
    this.#knocking = null;
  }

  // --- streams

  #createStream(): UDXStream {
    for (;;) {
      try {
        const stream = this.#udx.createStream(randomInt(1, 2 ** 32 - 1));
        stream.on('error', () => {});
        return stream;
      } catch {
        // That id is taken.
      }
    }
  }

  #connectStream(stream: UDXStream, peer: Sid, remote: number): void {
    const { host, port } = this.addresses[peer]!;
    stream.connect(this.#socket, remote, port, host);
  }

  #createLink({ forget, ...end }: LinkEnd): UdpLink | null {
    const secret = this.#sessions.secretOf(end.peer);
    if (secret === null) return null;
    const { now, dropped } = this.options;
    const link = new UdpLink({
      ...end,
      secret,
      now,
      atNextBeat: this.#beat.next,
      address: this.addresses[end.peer]!,
      transmit: this.#transmitterTo(end.peer),
      malformed: () => dropped?.('malformed'),
      ended: (ended) => {
        if (this.#links.get(end.stream.id) === ended) this.#links.delete(end.stream.id);
        forget?.();
      },
    });
    this.#links.set(end.stream.id, link);
    return link;
  }

  /** Null unless both ends have such a socket. */
  #transmitterTo(peer: Sid): ((datagram: Buffer) => void) | null {
    const send = this.#express?.senderTo(peer) ?? null;
    if (send === null) return null;
    return (datagram) => {
      if (!this.#isStopped) send(datagram);
    };
  }
}
