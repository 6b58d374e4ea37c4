/**
 * The adapter of our own server, the one that `zab serve` runs: its queue, its links, its requests and its timers, with
 * network, disk and clock in the hands of whoever speaks the adapter protocol. (`traces/conform/reference.ts` has the
 * reducer alone.) An image of the state machine is no message, so none is sent: a snapshot brings the whole history.
 */
import type { Config } from '../spec/config.js';
import { crash, type Disk, enqueue, flush, recover } from '../spec/disk.js';
import { rulesOf } from '../spec/variants.js';
import type { Sid } from '../spec/zxid.js';
import type { Clock } from '../impl/clock.js';
import type { StateMachine } from '../impl/machine.js';
import type { Link, LinkEvents, Network, NetworkEvents } from '../impl/network.js';
import { Server } from '../impl/server.js';
import type { Storage } from '../impl/storage.js';
import { Adapter, type Deliver, type Do, observedOf, type Reset } from '../traces/conform/adapter.js';
import { type Output, PROTOCOL_VERSION } from '../traces/conform/protocol.js';
import { configOfReset, diskOfReset } from '../traces/conform/reference.js';
import { fromWire, toWire } from '../traces/conform/wire.js';

/** Told apart by how long they are: the clock never moves, a timer is fired by its kind. */
const TIMINGS = {
  tickMs: 1_000_000,
  initLimit: 10,
  syncLimit: 5,
  finalizeWaitMs: 1,
  resendMs: 7,
  resendMostMs: 7,
};
const AT_ONCE = 0;

class HandClock implements Clock {
  #timers: { readonly delayMs: number; readonly callback: () => void }[] = [];

  now = (): number => 0;

  after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  /** @returns whether one was running */
  fire(delayMs: number): boolean {
    const timer = this.#timers.find((one) => one.delayMs === delayMs);
    if (timer === undefined) return false;
    this.#timers = this.#timers.filter((one) => one !== timer);
    timer.callback();
    return true;
  }
}

/** What the server puts in front of a payload to know its own writes again; the protocol knows the bare ones. */
const ID_LENGTH = 24;
const FOREIGN = '0'.repeat(ID_LENGTH);

class Payloads {
  readonly #whole = new Map<string, string>();
  readonly #bare = new Map<string, string | number>();

  #mapped(value: unknown, payload: (value: any) => unknown): any {
    if (Array.isArray(value)) return value.map((item) => this.#mapped(item, payload));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        key === 'payload' ? payload(item) : this.#mapped(item, payload),
      ]),
    );
  }

  into<T>(value: T): T {
    return this.#mapped(value, (bare: string | number) => {
      this.#bare.set(String(bare), bare);
      return this.#whole.get(String(bare)) ?? `${FOREIGN}${bare}`;
    });
  }

  outOf<T>(value: T): T {
    return this.#mapped(value, (whole: string) => {
      const body = whole.slice(ID_LENGTH);
      this.#whole.set(body, whole);
      return this.#bare.get(body) ?? body;
    });
  }
}

/** Nothing but the order of what is applied matters, and that shows as `committed`. */
const machine: StateMachine = {
  apply: () => '',
  image: () => [],
  restore: () => ({ piece: () => {}, finish: () => {} }),
};

export class ServerAdapter extends Adapter {
  #clock = new HandClock();
  #payloads = new Payloads();
  #config: Config | null = null;
  #sid = 0;
  #hold = false;
  #boots = 0;
  #disk: Disk = diskOfReset({ disk: { acceptedEpoch: 0, currentEpoch: 0, log: [] } });
  #done: (() => void)[] = [];
  #server: Server | null = null;
  #events: NetworkEvents | null = null;
  #wanted: ((link: Link) => LinkEvents) | null = null;
  readonly #links = new Map<Sid, LinkEvents>();

  protected override hello(): Record<string, unknown> {
    return {
      adapter: 'zab server',
      version: '1',
      protocol: PROTOCOL_VERSION,
      capabilities: ['finalizeWait', 'resend', 'request', 'crash', 'disk', 'hold', 'observers'],
      observes: ['phase', 'epochs', 'history', 'committed', 'vote', 'disk', 'answer'],
    };
  }

  protected override reset(asked: Reset): void {
    this.#crash(0);
    this.#payloads = new Payloads();
    this.#config = configOfReset(asked, rulesOf('zab'));
    this.#sid = asked.sid;
    this.#hold = asked.hold;
    this.#disk = this.#payloads.into(diskOfReset(asked));
    this.#start();
  }

  #start(): void {
    this.#clock = new HandClock();
    this.#server = new Server({
      sid: this.#sid,
      boot: ++this.#boots,
      config: this.#config!,
      timings: TIMINGS,
      clock: this.#clock,
      network: this.#network(),
      storage: this.#storage(),
      machine,
      hooks: {
        failed: (error: unknown) => {
          throw error;
        },
      },
    });
    this.#server.start();
  }

  #crash(kept: number): void {
    this.#server?.stop();
    this.#server = null;
    this.#disk = crash(this.#disk, kept);
    this.#done = [];
    this.#links.clear();
    this.#wanted = null;
    this.out = [];
  }

  protected override deliver(asked: Deliver): void {
    if (asked.notification) {
      this.#events!.notified(asked.from, fromWire(asked.notification));
      return;
    }
    const message = this.#payloads.into(fromWire(asked.message));
    const link = this.#links.get(asked.from);
    // An image comes before the snapshot that it goes with; this one is empty, and of nothing.
    if (message.type === 'SNAP') link?.imageBegins(0);
    link?.received(message);
  }

  protected override do({ event, peer, payload, kept }: Do): void {
    switch (event) {
      case 'Crash':
        this.#crash(kept ?? 0);
        return;
      case 'Restart':
        this.#start();
        return;
      case 'Flush':
        this.#flush();
        return;
      case 'Request':
        this.#request(payload!);
        return;
      case 'FinalizeWait':
        this.#clock.fire(TIMINGS.finalizeWaitMs);
        return;
      case 'Resend':
        this.#clock.fire(TIMINGS.resendMs);
        return;
      case 'Connected':
        this.#links.set(peer!, this.#wanted!(this.#link(peer!)));
        this.#wanted = null;
        return;
      case 'Accepted':
        this.#links.set(peer!, this.#events!.accepted(this.#link(peer!)));
        return;
      case 'Closed':
        this.#links.get(peer!)?.closed();
        return;
      case 'Timeout':
      case 'Tick':
        throw new Error(`${event} is not claimed`);
    }
  }

  #request(payload: string | number): void {
    const [body, origin] = [String(payload), this.#sid];
    this.#payloads.into({ payload });
    this.#server!.submit(body, (outcome) => {
      if (outcome.kind !== 'done') return;
      const txn = toWire({ zxid: outcome.zxid, payload, origin });
      this.out.push({ type: 'answer', txn });
    });
  }

  // --- what the server has around it

  #send(output: unknown): void {
    this.out.push(toWire<Output>(this.#payloads.outOf(output)));
  }

  #network(): Network {
    return {
      start: (events) => {
        this.#events = events;
      },
      notify: (to, notification) => this.#send({ type: 'notify', to, notification }),
      connect: (_to, connected) => {
        this.#wanted = connected;
        return () => {
          this.#wanted = null;
        };
      },
      stop: () => {},
    };
  }

  #link(peer: Sid): Link {
    const send: Link['send'] = (message) => this.#send({ type: 'send', to: peer, message });
    return {
      peer,
      send,
      sendSnap: (message) => send(message),
      heardAt: () => 0,
      close: () => {
        this.#links.delete(peer);
        this.#send({ type: 'close', peer });
      },
    };
  }

  #storage(): Storage {
    return {
      load: () => ({ ...recover(this.#disk), image: null }),
      write: (operation, done) => {
        this.#disk = enqueue(this.#disk, operation);
        this.#done.push(done);
      },
      readLog: () => null,
      stage: { begin: () => {}, piece: () => {} },
      saveImage: (_image, done) => done(),
      close: async () => {},
    };
  }

  #flush(): void {
    if (this.#disk.pending.length === 0) return;
    this.#disk = flush(this.#disk);
    this.#done.shift()!();
  }

  /** What follows at once: writes, unless they are held, and timers without a wait. */
  protected override settle(): void {
    if (this.#server === null) return;
    while (this.#clock.fire(AT_ONCE) || (!this.#hold && this.#disk.pending.length > 0))
      if (!this.#hold) this.#flush();
  }

  protected override observed(): unknown {
    return toWire(this.#payloads.outOf(observedOf(this.#server?.state ?? null, this.#disk)));
  }
}
