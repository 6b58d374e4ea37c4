/**
 * A second socket, for datagrams of links alone: `udx-native` takes none of more than 2,048 bytes, and between servers that
 * a wide path connects, as on one machine, all that a turn sends to a peer fits into one. Without it links go by streams.
 */
import type { Buffer } from 'node:buffer';
import { createSocket, type Socket } from 'node:dgram';
import type { Sid } from '../../spec/zxid.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a server may be sent while it sleeps, if the system allows so much. */
const RECEIVE_BUFFER = 2 ** 20;

/** Of the datagrams to a peer, the system is asked about one in so many what became of it: asking costs. */
const ASK_EVERY = 64;

/** What the system says where the way has changed, as where this machine has another address now. */
const NO_WAY = ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EINVAL'];

/** Addresses are numbers by now. */
const socketFor = ({ host }: Address): Socket => createSocket(host.includes(':') ? 'udp6' : 'udp4');

/** Whoever is not there yet, or not any more, is no reason to stop. */
const ignoreErrors = (socket: Socket): Socket => socket.removeAllListeners('error').on('error', () => {});

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));

/** @throws what the system says of the port, or of one more socket; none is left open then */
const bound = async (address: Address, port: number, host?: string): Promise<Socket> => {
  const socket = socketFor(address);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ port, ...(host !== undefined && { address: host }) }, resolve);
    });
    return ignoreErrors(socket);
  } catch (error) {
    await closed(socket);
    throw error;
  }
};

/** A socket for one peer: the system finds the way there once, not with each datagram. */
class Sender {
  #state: 'none' | 'connecting' | 'connected' | 'closed' = 'none';
  #sent = 0;

  private constructor(
    readonly address: Address,
    readonly socket: Socket,
  ) {}

  /**
   * Resolves whether there is a way or not.
   * @throws if there cannot be such a socket: one that is not bound first would never say so when it connects
   */
  static async to(address: Address): Promise<Sender> {
    const sender = new Sender(address, await bound(address, 0));
    await new Promise<void>((resolve) => sender.#connect(resolve));
    return sender;
  }

  #connect(tried: () => void): void {
    this.#state = 'connecting';
    this.socket.connect(this.address.port, this.address.host, (error?: Error) => {
      if (this.#state === 'connecting') this.#state = error === undefined ? 'connected' : 'none';
      tried();
    });
  }

  /** Where there was no way one is looked for; this datagram is lost, as others may be. */
  send = (datagram: Buffer): void => {
    if (this.#state === 'none') this.#connect(() => {});
    else if (this.#state === 'connected') {
      if (++this.#sent % ASK_EVERY === 0) this.socket.send(datagram, this.#asked);
      else this.socket.send(datagram);
    }
  };

  #asked = (error: NodeJS.ErrnoException | null): void => {
    if (this.#state !== 'connected' || !NO_WAY.includes(String(error?.code))) return;
    try {
      this.socket.disconnect();
      this.#state = 'none';
    } catch {
      // It stays as it is, and is asked again.
    }
  };

  close(): Promise<void> {
    this.#state = 'closed';
    return closed(this.socket);
  }
}

export class Express {
  private constructor(
    readonly receiving: Socket,
    /** By peer. */
    readonly senders: ReadonlyMap<Sid, Sender>,
  ) {}

  /** @throws if the port is taken, or there cannot be so many sockets; none is left open then */
  static async open(
    sid: Sid,
    addresses: Readonly<Record<Sid, Address>>,
    received: (datagram: Buffer) => void,
  ): Promise<Express> {
    const own = addresses[sid]!;
    const senders = new Map<Sid, Sender>();
    const express = new Express(await bound(own, own.port, own.host), senders);
    try {
      express.receiving.setRecvBufferSize(RECEIVE_BUFFER);
      for (const peer of Object.keys(addresses).map(Number))
        if (peer !== sid) senders.set(peer, await Sender.to(addresses[peer]!));
    } catch (error) {
      await express.close();
      throw error;
    }
    express.receiving.on('message', received);
    return express;
  }

  /** Null unless that peer has such a socket too. */
  senderTo(peer: Sid): ((datagram: Buffer) => void) | null {
    return this.senders.get(peer)?.send ?? null;
  }

  async close(): Promise<void> {
    await Promise.all([
      closed(this.receiving),
      ...[...this.senders.values()].map((sender) => sender.close()),
    ]);
  }
}
