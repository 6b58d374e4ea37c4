/**
 * The server: turns what comes from the network, the disk and the clock into events, hands them to the reducer one by
 * one, and carries out the effects strictly in order. It decides nothing about the protocol; what it adds is knowing
 * which link an event came by, so that the reducer never hears of one that it has closed.
 */
import type { Config } from '../spec/config.js';
import type { Message, SNAP } from '../spec/messages.js';
import { canDecide } from '../spec/election.js';
import type { Txn } from '../spec/history.js';
import { boot, step } from '../spec/reducer.js';
import type { Server as State } from '../spec/server.js';
import type { Effect, Event, Step } from '../spec/step.js';
import type { Sid, Zxid } from '../spec/zxid.js';
import type { Clock } from './clock.js';
import type { Hooks } from './hooks.js';
import type { Result, StateMachine } from './machine.js';
import type { Link, LinkEvents, Network } from './network.js';
import { Replica } from './replica.js';
import { checkWrite, isAnsweredElsewhere, type Outcome, Requests } from './requests.js';
import type { Storage } from './storage.js';
import { type Due, Timers } from './timers.js';
import type { Timings } from './timings.js';

export interface ServerOptions {
  readonly sid: Sid;
  /** A number that this server has in no other life: it grows from boot to boot. */
  readonly boot: number;
  readonly config: Config;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly network: Network;
  readonly storage: Storage;
  readonly machine: StateMachine;
  /** Transactions between two images of the state machine. ZooKeeper: snapCount. */
  readonly imageEvery?: number;
  readonly hooks?: Hooks;
}

const IMAGE_EVERY = 10_000;

/** An event, made when its turn comes; null if by then it means nothing any more. */
type Pending = () => Event | null;

const isServing = (state: State | null): boolean =>
  state !== null && state.state !== 'LOOKING' && state.phase === 'BROADCAST';

/** The leader that this server would connect to now. */
const wanted = (state: State): Sid | null =>
  (state.state === 'FOLLOWING' || state.state === 'OBSERVING') &&
  state.phase === 'DISCOVERY' &&
  state.awaits === 'connection'
    ? state.leader
    : null;

/**
 * Whether a learner has no other write under way: until this one is on its disk there is hardly anything that it could do.
 * A leader hears acknowledgements meanwhile, which may be enough without its own.
 * @param outstanding writes of its own clients
 */
export const isOnlyWrite = (state: State, { zxid }: Txn, outstanding: number): boolean => {
  if (
    outstanding > 1 ||
    state.state === 'LOOKING' ||
    state.state === 'LEADING' ||
    state.phase !== 'BROADCAST'
  )
    return false;
  const { entries, floor } = state.history;
  return entries.at(-1)?.zxid === zxid && state.committed === (entries.at(-2)?.zxid ?? floor);
};

export class Server {
  readonly #options: ServerOptions;
  readonly #replica: Replica;
  readonly #requests: Requests;
  readonly #links = new Map<Sid, Link>();
  readonly #timers: Timers;
  /** What comes while another event is dealt with. */
  #queue: Pending[] = [];
  #state: State | null = null;
  #draining = false;
  #stopped = false;
  #connecting: { readonly to: Sid; readonly giveUp: () => void } | null = null;
  #sinceImage = 0;
  #savingImage = false;
  #lastResult: Result | null = null;

  constructor(options: ServerOptions) {
    const { config, timings, clock, sid, machine } = options;
    this.#options = options;
    this.#replica = new Replica(machine);
    this.#requests = new Requests(sid, options.boot);
    this.#timers = new Timers(config, timings, clock, this.#links, (due) => this.#due(due));
  }

  get sid(): Sid {
    return this.#options.sid;
  }

  /** What the reducer knows; null before the start and after a failure. */
  get state(): State | null {
    return this.#state;
  }

  /** Up to where the state machine has applied the log. */
  get applied(): Zxid {
    return this.#replica.applied;
  }

  /** Whether writes are taken. */
  get isServing(): boolean {
    return isServing(this.#state);
  }

  /** Writes that are under way here. */
  get outstanding(): number {
    return this.#requests.size;
  }

  /** Loads what is on the disk and takes part from then on. @throws what the storage or the machine finds corrupt */
  start(): void {
    const { storage, network, config, sid, hooks } = this.#options;
    const stored = storage.load();
    this.#replica.load(stored.image);
    network.start({
      notified: (from, notification) => this.#post(() => ({ type: 'Notified', from, notification })),
      accepts: () => this.#state?.state === 'LEADING',
      accepted: (link) => this.#accepted(link),
    });
    hooks?.booted?.(stored);
    this.#take(null, boot(config, sid, stored));
  }

  /**
   * A client's write. It is refused, or under way until `done` is called.
   * @param body bytes, one a character; `MOST_WRITE` of them at most
   * @throws RangeError for another body; nothing has happened then
   */
  submit(body: string, done: (outcome: Outcome) => void): void {
    checkWrite(body);
    if (this.#stopped) {
      done({ kind: 'refused' });
      return;
    }
    this.#post(() => {
      if (!this.isServing) {
        done({ kind: 'refused' });
        return null;
      }
      return { type: 'Request', request: this.#requests.open(body, done) };
    });
  }

  /** Leaves the ensemble; the storage stays open. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#state = null;
    this.#queue = [];
    this.#timers.stop();
    this.#connecting?.giveUp();
    this.#options.network.stop();
    this.#requests.giveUp();
  }

  // --- events

  #post(pending: Pending): void {
    if (this.#stopped) return;
    if (this.#draining) this.#queue.push(pending);
    else this.#drain(pending);
  }

  /** Deals with an event, and with what comes of it. */
  #drain(first: Pending): void {
    this.#draining = true;
    try {
      this.#deal(first);
      for (let i = 0; i < this.#queue.length; i++) this.#deal(this.#queue[i]!);
    } catch (error) {
      // Going on with a state that nobody has checked would be guessing.
      this.stop();
      const failed = this.#options.hooks?.failed;
      if (failed === undefined) throw error;
      failed(error);
    } finally {
      if (this.#queue.length > 0) this.#queue = [];
      this.#draining = false;
    }
  }

  #deal(pending: Pending): void {
    const event = pending();
    if (event !== null && this.#state !== null)
      this.#take(event, step(this.#options.config, this.#state, event));
  }

  #due(due: Due): void {
    if (due.type === 'Silent') {
      const link = this.#links.get(due.peer);
      this.#post(() => (link ? this.#lost(link) : null));
      return;
    }
    const { type } = due;
    this.#post(() => {
      const state = this.#state!;
      if (type === 'FinalizeWait')
        return state.state === 'LOOKING' && canDecide(this.#options.config, state) ? { type } : null;
      return (state.state === 'LOOKING') === (type === 'Resend') ? { type } : null;
    });
  }

  // --- links

  /** What may happen on a link, as events for as long as it is the one that the reducer knows. */
  #eventsOf(link: Link): LinkEvents {
    const isCurrent = (): boolean => this.#links.get(link.peer) === link;
    return {
      received: (message) => this.#post(() => (isCurrent() ? this.#received(link.peer, message) : null)),
      imageBegins: (zxid) => {
        if (!isCurrent()) return;
        this.#options.storage.stage.begin(zxid);
        this.#replica.imageBegins(zxid);
      },
      imagePiece: (piece) => {
        if (!isCurrent()) return;
        this.#options.storage.stage.piece(piece);
        this.#replica.imagePiece(piece);
      },
      closed: () => this.#post(() => (isCurrent() ? this.#lost(link) : null)),
    };
  }

  #received(from: Sid, message: Message): Event {
    if (message.type === 'SNAP') this.#replica.adoptImage();
    return { type: 'Receive', from, message };
  }

  #lost(link: Link): Event | null {
    if (this.#links.get(link.peer) !== link) return null;
    link.close();
    this.#links.delete(link.peer);
    return { type: 'Closed', peer: link.peer };
  }

  /** An old link of the same learner is closed first. */
  #accepted(link: Link): LinkEvents {
    const { peer } = link;
    this.#post(() => {
      const old = this.#links.get(peer);
      return old && this.#state?.state === 'LEADING' ? this.#lost(old) : null;
    });
    this.#post(() => {
      if (this.#state?.state !== 'LEADING') {
        link.close();
        return null;
      }
      this.#links.set(peer, link);
      return { type: 'Accepted', peer };
    });
    return this.#eventsOf(link);
  }

  #connected(link: Link): LinkEvents {
    this.#connecting = null;
    this.#post(() => {
      if (wanted(this.#state!) !== link.peer) {
        link.close();
        return null;
      }
      this.#links.set(link.peer, link);
      return { type: 'Connected', peer: link.peer };
    });
    return this.#eventsOf(link);
  }

  #connectIfWanted(state: State): void {
    const to = wanted(state);
    if (this.#connecting && this.#connecting.to !== to) {
      this.#connecting.giveUp();
      this.#connecting = null;
    }
    if (to === null || this.#connecting !== null || this.#links.has(to)) return;
    const giveUp = this.#options.network.connect(to, (link) => this.#connected(link));
    this.#connecting = { to, giveUp };
  }

  // --- effects

  #take(event: Event | null, taken: Step): void {
    const before = this.#state;
    this.#state = taken.server;
    this.#options.hooks?.stepped?.(before, event, taken);
    for (const effect of taken.effects) this.#carry(effect, taken.effects);
    if (isServing(before) && !isServing(taken.server)) this.#requests.giveUp();
    this.#connectIfWanted(taken.server);
    this.#timers.update(taken.server);
  }

  #carry(effect: Effect, all: readonly Effect[]): void {
    const { network, storage } = this.#options;
    switch (effect.type) {
      case 'send':
        this.#send(effect.to, effect.message, all);
        break;
      case 'notify':
        network.notify(effect.to, effect.notification);
        break;
      case 'close':
        this.#links.get(effect.peer)?.close();
        this.#links.delete(effect.peer);
        break;
      case 'persist':
        this.#persist(effect);
        break;
      case 'readLog':
        // The window moves on; what is read has to end where it begins when the reducer sees it.
        this.#post(() => ({
          type: 'LogRead',
          peer: effect.peer,
          after: effect.after,
          entries: storage.readLog(effect.after, this.#state!.history.floor),
        }));
        break;
      case 'deliver':
        this.#lastResult = this.#replica.deliver(effect.txn);
        this.#saveImage();
        break;
      case 'answer':
        this.#requests.answer(effect.txn, this.#lastResult);
        break;
      case 'observe':
        break;
    }
  }

  #send(to: Sid, message: Message, all: readonly Effect[]): void {
    const link = this.#links.get(to);
    if (message.type === 'SNAP') this.#sendSnap(link, message);
    else link?.send(message, message.type === 'COMMIT' && isAnsweredElsewhere(to, message.zxid, all));
  }

  #sendSnap(link: Link | undefined, message: SNAP): void {
    const { applied } = this.#replica;
    if (applied < message.history.floor || applied > message.zxid)
      throw new Error(`an image at ${applied} does not go with a snapshot of ${message.zxid}`);
    link?.sendSnap(message, this.#replica.image());
  }

  #persist({ operation }: Extract<Effect, { type: 'persist' }>): void {
    const { storage, clock, hooks } = this.#options;
    if (operation.write === 'truncate' && operation.zxid < this.#replica.applied)
      throw new Error(`told to cut off ${this.#replica.applied}, which is committed, at ${operation.zxid}`);
    const asked = clock.now();
    const hasTime =
      operation.write === 'append' && isOnlyWrite(this.#state!, operation.txn, this.outstanding);
    const done = (): void => {
      hooks?.flushed?.(operation, clock.now() - asked);
      this.#post(() => ({ type: 'Flushed', operation }));
    };
    storage.write(operation, done, hasTime);
  }

  #saveImage(): void {
    this.#sinceImage += 1;
    if (this.#savingImage || this.#sinceImage < (this.#options.imageEvery ?? IMAGE_EVERY)) return;
    this.#savingImage = true;
    this.#sinceImage = 0;
    const image = this.#replica.image();
    this.#options.storage.saveImage(image, () => {
      this.#savingImage = false;
      this.#options.hooks?.imageSaved?.(image.zxid);
    });
  }
}
