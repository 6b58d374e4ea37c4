/**
 * A network inside one process: notifications are delayed, lost, doubled and overtake each other (the older one of two
 * is then dropped, as a stamp does it on the wire); links are slow, and break now at one end first, now at the other.
 */
import type { Message, Notification } from '../../spec/messages.js';
import type { Sid } from '../../spec/zxid.js';
import type { Image, Link, LinkEvents, Network, NetworkEvents } from '../network.js';
import type { SimulatedClock } from './clock.js';
import type { Random } from './random.js';

export interface Weather {
  loss: number;
  duplication: number;
  leastDelayMs: number;
  mostDelayMs: number;
}

const KNOCK_EVERY_MS = 40;
const STALLED_FOR_MS = 25;

type Parcel =
  | { readonly message: Message }
  | { readonly image: Image }
  | { readonly piece: Uint8Array }
  | 'closed';

/** One end of a link, and what is on its way to the other end. */
class End implements Link {
  readonly #onTheWay: Parcel[] = [];
  #pumping = false;
  #heardAt: number;
  isOpen = true;
  other!: End;
  events: LinkEvents | null = null;

  constructor(
    readonly world: SimulatedWorld,
    readonly self: Sid,
    readonly peer: Sid,
  ) {
    this.#heardAt = world.clock.now();
  }

  heardAt = (): number => this.#heardAt;

  send = (message: Message): void => this.#put({ message });

  sendSnap = (message: Message, image: Image): void => {
    this.#put({ image });
    for (const piece of image.pieces) this.#put({ piece: piece.slice() });
    this.#put({ message });
  };

  close = (): void => {
    if (!this.isOpen) return;
    this.#put('closed');
    this.isOpen = false;
  };

  /** The link is gone at this end; what was on its way to it is lost. */
  break(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.events?.closed();
  }

  /** A crash: nothing more is sent, and the peer is told by chance alone. */
  die(isTold: boolean): void {
    if (isTold) this.close();
    this.isOpen = false;
  }

  #put(parcel: Parcel): void {
    if (!this.isOpen) return;
    this.#onTheWay.push(parcel);
    if (!this.#pumping) this.#pump();
  }

  #pump(): void {
    this.#pumping = true;
    const { world } = this;
    const stalled = world.isPartitioned(this.self, this.peer);
    world.clock.after(stalled ? STALLED_FOR_MS : world.delay(), () => {
      if (!this.other.isOpen) return;
      if (!world.isPartitioned(this.self, this.peer)) this.other.#receive(this.#onTheWay.shift()!);
      if (this.#onTheWay.length > 0) this.#pump();
      else this.#pumping = false;
    });
  }

  #receive(parcel: Parcel): void {
    this.#heardAt = this.world.clock.now();
    if (parcel === 'closed') this.break();
    else if ('message' in parcel) this.events?.received(parcel.message);
    else if ('image' in parcel) this.events?.imageBegins(parcel.image.zxid);
    else this.events?.imagePiece(parcel.piece);
  }
}

export class SimulatedWorld {
  readonly #endpoints = new Map<Sid, SimulatedNetwork>();
  readonly #partitions = new Set<string>();
  readonly #ends = new Set<End>();
  /** When the newest notification that has arrived was sent, by ordered pair. */
  readonly #newest = new Map<string, number>();
  #sent = 0;

  constructor(
    readonly clock: SimulatedClock,
    readonly random: Random,
    readonly weather: Weather,
  ) {}

  delay(): number {
    const { leastDelayMs, mostDelayMs } = this.weather;
    // Mostly short, sometimes long.
    const share = this.random.next() ** 3;
    return leastDelayMs + share * (mostDelayMs - leastDelayMs);
  }

  isPartitioned(a: Sid, b: Sid): boolean {
    return this.#partitions.has(a < b ? `${a}-${b}` : `${b}-${a}`);
  }

  partition(a: Sid, b: Sid): void {
    this.#partitions.add(a < b ? `${a}-${b}` : `${b}-${a}`);
  }

  heal(): void {
    this.#partitions.clear();
  }

  /** Breaks every link between two servers; each end learns of it in its own time. */
  cut(a: Sid, b: Sid): void {
    for (const end of this.#ends)
      if (end.isOpen && ((end.self === a && end.peer === b) || (end.self === b && end.peer === a)))
        this.clock.after(this.delay(), () => end.break());
  }

  join(sid: Sid, endpoint: SimulatedNetwork): void {
    this.#endpoints.set(sid, endpoint);
  }

  /** The server crashes. */
  leave(sid: Sid, isTold: boolean): void {
    this.#endpoints.delete(sid);
    for (const end of this.#ends) if (end.self === sid) end.die(isTold);
    for (const end of this.#ends) if (!end.isOpen && !end.other.isOpen) this.#ends.delete(end);
  }

  notify(from: Sid, to: Sid, notification: Notification): void {
    const { loss, duplication } = this.weather;
    const stamp = this.#sent++;
    if (this.random.chance(loss)) return;
    const receiver = this.#endpoints.get(to);
    const arrive = (isAgain: boolean): void => {
      if (receiver === undefined || this.#endpoints.get(to) !== receiver || this.isPartitioned(from, to))
        return;
      const newest = this.#newest.get(`${from}-${to}`) ?? -1;
      if (isAgain ? stamp !== newest : stamp <= newest) return;
      this.#newest.set(`${from}-${to}`, stamp);
      receiver.events?.notified(from, notification);
      if (!isAgain && this.random.chance(duplication)) this.clock.after(this.delay(), () => arrive(true));
    };
    this.clock.after(this.delay(), () => arrive(false));
  }

  /** @returns the learner's end, if it is let in */
  knock(from: Sid, to: Sid): End | null {
    const events = this.#endpoints.get(to)?.events;
    if (!events || this.isPartitioned(from, to) || !events.accepts()) return null;
    const [here, there] = [new End(this, from, to), new End(this, to, from)];
    here.other = there;
    there.other = here;
    this.#ends.add(here).add(there);
    there.events = events.accepted(there);
    return here;
  }

  isUp(sid: Sid, endpoint: SimulatedNetwork): boolean {
    return this.#endpoints.get(sid) === endpoint;
  }
}

/** What one server sees of it. */
export class SimulatedNetwork implements Network {
  events: NetworkEvents | null = null;

  constructor(
    readonly world: SimulatedWorld,
    readonly sid: Sid,
  ) {}

  start = (events: NetworkEvents): void => {
    this.events = events;
    this.world.join(this.sid, this);
  };

  notify = (to: Sid, notification: Notification): void => this.world.notify(this.sid, to, notification);

  connect = (to: Sid, connected: (link: Link) => LinkEvents): (() => void) => {
    const { world } = this;
    let isGivenUp = false;
    const attempt = (): void => {
      if (isGivenUp || !world.isUp(this.sid, this)) return;
      const end = world.knock(this.sid, to);
      if (end === null) {
        world.clock.after(KNOCK_EVERY_MS, attempt);
        return;
      }
      world.clock.after(world.delay(), () => {
        if (isGivenUp) end.close();
        else if (end.isOpen) end.events = connected(end);
        else attempt();
      });
    };
    world.clock.after(world.delay(), attempt);
    return () => {
      isGivenUp = true;
    };
  };

  /** A server that stops, for whatever reason, is a server that crashed. */
  stop = (): void => {
    this.events = null;
    this.world.leave(this.sid, this.world.random.chance(0.8));
  };
}
