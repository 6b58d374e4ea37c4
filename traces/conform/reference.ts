/**
 * The reference adapter: the protocol's other side around the specification's own reducer and disk, planted defects
 * included. `zab adapter` puts it behind standard input and output; the runner's tests use it in their own process.
 */
import type { Config } from '../../spec/config.js';
import { crash, type Disk, EMPTY_DISK, enqueue, flush, recover } from '../../spec/disk.js';
import { canDecide } from '../../spec/election.js';
import { boot, step } from '../../spec/reducer.js';
import type { Rules } from '../../spec/rules.js';
import type { Server } from '../../spec/server.js';
import type { Effect, Event, Step } from '../../spec/step.js';
import { Adapter, type Deliver, type Do, observedOf, type Reset } from './adapter.js';
import { capabilities, type Output, observations, PROTOCOL_VERSION } from './protocol.js';
import { fromWire, toWire } from './wire.js';

/** More transactions than any run has, so that no server has to look into its log. */
export const WINDOW = 1_000_000;

export const configOfReset = (
  { voters, observers }: Pick<Reset, 'voters' | 'observers'>,
  rules: Rules,
): Config => ({
  voters,
  observers,
  election: 'fle',
  window: WINDOW,
  rules,
});

export const diskOfReset = ({ disk }: Pick<Reset, 'disk'>): Disk => {
  const { acceptedEpoch, currentEpoch, log } = fromWire(disk);
  return { ...EMPTY_DISK, acceptedEpoch, currentEpoch, log };
};

const outputOf = (effect: Effect): readonly Output[] => {
  switch (effect.type) {
    case 'notify':
    case 'send':
    case 'close':
    case 'deliver':
    case 'answer':
      return [toWire<Output>(effect)];
    case 'persist':
    case 'observe':
      return [];
    case 'readLog':
      throw new Error('the window of the reference adapter holds the whole log');
  }
};

export class Reference extends Adapter {
  #config: Config | null = null;
  #sid = 0;
  #hold = false;
  #server: Server | null = null;
  #disk: Disk = EMPTY_DISK;

  constructor(
    readonly name: string,
    readonly rules: Rules,
  ) {
    super();
  }

  protected override hello(): Record<string, unknown> {
    return {
      adapter: this.name,
      version: '1',
      protocol: PROTOCOL_VERSION,
      capabilities: capabilities.map(([name]) => name),
      observes: observations.map(([name]) => name),
    };
  }

  protected override reset(asked: Reset): void {
    this.#config = configOfReset(asked, this.rules);
    this.#sid = asked.sid;
    this.#hold = asked.hold;
    this.#disk = diskOfReset(asked);
    this.#boot();
  }

  #boot(): void {
    this.#take(boot(this.#config!, this.#sid, recover(this.#disk)));
  }

  protected override do({ event, peer, payload, kept }: Do): void {
    const server = this.#server;
    if (event === 'Restart') this.#boot();
    else if (event === 'Crash') {
      this.#disk = crash(this.#disk, kept ?? 0);
      this.#server = null;
    } else if (event === 'Flush') {
      if (this.#disk.pending.length > 0) this.#flush();
    } else if (event === 'Connected' || event === 'Accepted' || event === 'Closed')
      this.#see({ type: event, peer: peer! });
    else if (event === 'Request')
      this.#see({ type: event, request: { payload: payload!, origin: this.#sid } });
    else if (server !== null && runs(this.#config!, server, event)) this.#see({ type: event });
  }

  protected override deliver({ from, message, notification }: Deliver): void {
    this.#see(
      message
        ? { type: 'Receive', from, message: fromWire(message) }
        : { type: 'Notified', from, notification: fromWire(notification) },
    );
  }

  /** What a step writes has been flushed as it was taken. */
  protected override settle(): void {}

  #see(event: Event): void {
    this.#take(step(this.#config!, this.#server!, event));
  }

  #take({ server, effects }: Step): void {
    this.#server = server;
    for (const effect of effects) {
      this.out.push(...outputOf(effect));
      if (effect.type === 'persist') this.#disk = enqueue(this.#disk, effect.operation);
    }
    while (!this.#hold && this.#disk.pending.length > 0) this.#flush();
  }

  #flush(): void {
    const operation = this.#disk.pending[0]!;
    this.#disk = flush(this.#disk);
    this.#see({ type: 'Flushed', operation });
  }

  protected override observed(): unknown {
    return toWire(observedOf(this.#server, this.#disk));
  }
}

/** Whether this timer runs now; one that does not means nothing. */
export const runs = (
  config: Config,
  server: Server,
  timer: 'FinalizeWait' | 'Resend' | 'Timeout' | 'Tick',
): boolean => {
  switch (timer) {
    case 'FinalizeWait':
      return server.state === 'LOOKING' && canDecide(config, server);
    case 'Resend':
      return server.state === 'LOOKING';
    case 'Timeout':
      return server.state !== 'LOOKING';
    case 'Tick':
      return server.state === 'LEADING';
  }
};
