/**
 * The network that the runner holds between the servers: for each ordered pair an election channel, which keeps the
 * newest notification alone, and one direction of a link, which is ordered and breaks as a whole. It does what it is told.
 */
import type { Message, Notification } from '../../spec/messages.js';
import type { Sid } from '../../spec/zxid.js';
import type { Seen } from './candidates.js';

/** `closing`: the sender's end is gone; what it sent may still arrive, and the receiver is yet to be told. */
export interface Link {
  status: 'none' | 'open' | 'closing';
  queue: Message[];
}

export class Network {
  readonly #links = new Map<string, Link>();
  readonly #votes = new Map<string, Notification>();

  constructor(readonly sids: readonly Sid[]) {}

  /** Ordered pairs, in a fixed order. */
  get pairs(): readonly (readonly [Sid, Sid])[] {
    return this.sids.flatMap((a) => this.sids.filter((b) => b !== a).map((b) => [a, b] as const));
  }

  link(from: Sid, to: Sid): Link {
    const key = `${from}-${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = { status: 'none', queue: [] };
      this.#links.set(key, link);
    }
    return link;
  }

  vote(from: Sid, to: Sid): Notification | undefined {
    return this.#votes.get(`${from}-${to}`);
  }

  dropVote(from: Sid, to: Sid): void {
    this.#votes.delete(`${from}-${to}`);
  }

  /** Carries what a server put out. */
  carry(sid: Sid, seen: Seen, isUp: (sid: Sid) => boolean): void {
    if (seen.type === 'notify' && isUp(seen.to)) this.#votes.set(`${sid}-${seen.to}`, seen.notification);
    if (seen.type === 'send' && this.link(sid, seen.to).status === 'open')
      this.link(sid, seen.to).queue.push(seen.message);
    if (seen.type === 'close') this.close(sid, seen.peer);
  }

  open(a: Sid, b: Sid): void {
    for (const link of [this.link(a, b), this.link(b, a)]) Object.assign(link, { status: 'open', queue: [] });
  }

  /** This end closes, or dies. */
  close(self: Sid, peer: Sid): void {
    const out = this.link(self, peer);
    if (out.status === 'open') out.status = 'closing';
    this.forget(peer, self);
  }

  /** The receiver knows that it is over. */
  forget(from: Sid, to: Sid): void {
    Object.assign(this.link(from, to), { status: 'none', queue: [] });
  }

  cut(a: Sid, b: Sid): void {
    for (const link of [this.link(a, b), this.link(b, a)])
      if (link.status !== 'none') Object.assign(link, { status: 'closing', queue: [] });
  }

  crash(sid: Sid): void {
    for (const other of this.sids.filter((one) => one !== sid)) {
      this.close(sid, other);
      this.dropVote(other, sid);
    }
  }
}
