/** For tests: a proxy in front of a UDP port that loses, doubles, delays and so reorders what passes, or lets nothing by. */
import type { Buffer } from 'node:buffer';
import { createSocket, type Socket } from 'node:dgram';
import type { Random } from '../simulated/random.js';

export interface UdpWeather {
  readonly loss: number;
  readonly duplication: number;
  readonly mostDelayMs: number;
}

export class UdpProxy {
  readonly #socket: Socket = createSocket('udp4');
  isOpen = true;

  private constructor(
    readonly target: number,
    readonly weather: UdpWeather,
    readonly random: Random,
  ) {
    this.#socket.on('message', (bytes) => this.#pass(bytes));
    this.#socket.on('error', () => {});
  }

  /** Nothing comes back through it: the other direction has a proxy of its own. */
  static open(port: number, target: number, weather: UdpWeather, random: Random): Promise<UdpProxy> {
    const proxy = new UdpProxy(target, weather, random);
    return new Promise((resolve) => proxy.#socket.bind(port, '127.0.0.1', () => resolve(proxy)));
  }

  close(): Promise<void> {
    this.isOpen = false;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #pass(bytes: Buffer): void {
    const { loss, duplication, mostDelayMs } = this.weather;
    const copies = this.random.chance(loss) ? 0 : this.random.chance(duplication) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const delayMs = this.random.next() ** 4 * mostDelayMs;
      setTimeout(() => {
        if (this.isOpen) this.#socket.send(bytes, this.target, '127.0.0.1', () => {});
      }, delayMs);
    }
  }
}
