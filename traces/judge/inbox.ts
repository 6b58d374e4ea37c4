/**
 * What a server was given, shared by all its candidates: connections with the messages that came by them, and
 * notifications by peer. Each input says from which layer of the search on it may be processed.
 */
import type { Message, Notification } from '../../spec/messages.js';
import type { Sid } from '../../spec/zxid.js';

export type ConnectionName = string | number;

export interface GivenMessage {
  readonly at: number;
  readonly order: number;
  readonly message: Message;
}

export interface GivenRequest extends GivenMessage {
  /** How many messages of the other lane stand before it. */
  readonly behind: number;
}

/** One connection with a peer, from its opening to its end. */
export interface Connection {
  readonly peer: Sid;
  readonly index: number;
  readonly name: ConnectionName | undefined;
  /** How the server learns of it; null until it does. */
  opens: { readonly as: 'Connected' | 'Accepted'; readonly at: number; readonly order: number } | null;
  over: { readonly at: number; readonly order: number } | null;
  readonly messages: GivenMessage[];
  readonly requests: GivenRequest[];
}

export class Inbox {
  readonly #connections = new Map<Sid, Connection[]>();
  readonly #notifications = new Map<Sid, { at: number; order: number; notification: Notification }[]>();
  #order = 0;

  connectionsWith(peer: Sid): readonly Connection[] {
    return this.#connections.get(peer) ?? [];
  }

  get peers(): readonly Sid[] {
    return [...this.#connections.keys()];
  }

  get notifiers(): readonly Sid[] {
    return [...this.#notifications.keys()];
  }

  notificationsFrom(
    peer: Sid,
  ): readonly { readonly at: number; readonly order: number; readonly notification: Notification }[] {
    return this.#notifications.get(peer) ?? [];
  }

  /** By its name, or the newest one where it has none. */
  find(peer: Sid, name: ConnectionName | undefined): Connection | undefined {
    const all = this.connectionsWith(peer);
    return name === undefined ? all.at(-1) : all.findLast((connection) => connection.name === name);
  }

  open(
    peer: Sid,
    name: ConnectionName | undefined,
    as: 'Connected' | 'Accepted' | null,
    at: number,
  ): Connection {
    const all = this.#connections.get(peer) ?? [];
    this.#connections.set(peer, all);
    const known = name === undefined ? undefined : all.find((connection) => connection.name === name);
    const opens = as && { as, at, order: this.#order++ };
    if (known) {
      known.opens ??= opens;
      return known;
    }
    const connection = { peer, index: all.length, name, opens, over: null, messages: [], requests: [] };
    all.push(connection);
    return connection;
  }

  close(peer: Sid, name: ConnectionName | undefined, at: number): Connection | undefined {
    const connection = this.find(peer, name);
    if (connection) connection.over ??= { at, order: this.#order++ };
    return connection;
  }

  receive(connection: Connection, message: Message, at: number): void {
    const order = this.#order++;
    if (message.type === 'REQUEST')
      connection.requests.push({ at, order, message, behind: connection.messages.length });
    else connection.messages.push({ at, order, message });
  }

  notify(from: Sid, notification: Notification, at: number): void {
    const all = this.#notifications.get(from) ?? [];
    all.push({ at, order: this.#order++, notification });
    this.#notifications.set(from, all);
  }

  /** How much there is now, so that a new life begins behind it. */
  marks(): { readonly links: Readonly<Record<Sid, number>>; readonly heard: Readonly<Record<Sid, number>> } {
    const count = <T>(all: ReadonlyMap<Sid, readonly T[]>) =>
      Object.fromEntries([...all].map(([sid, list]) => [sid, list.length]));
    return { links: count(this.#connections), heard: count(this.#notifications) };
  }
}
