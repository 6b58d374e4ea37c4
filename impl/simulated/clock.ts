/** Simulated time: it stands still until someone asks for what happens next. */
import type { Clock } from '../clock.js';

interface Appointment {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | null;
}

const isBefore = (a: Appointment, b: Appointment): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);

export class SimulatedClock implements Clock {
  #now = 0;
  #made = 0;
  /** A binary heap, the earliest first. */
  readonly #heap: Appointment[] = [];

  now = (): number => this.#now;

  after = (delayMs: number, callback: () => void): (() => void) => {
    const appointment: Appointment = { at: this.#now + Math.max(0, delayMs), order: this.#made++, callback };
    this.#push(appointment);
    return () => {
      appointment.callback = null;
    };
  };

  /** Lets the next thing happen. @returns whether there was any before `until` */
  advance(until: number): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.at > until) {
      this.#now = until;
      return false;
    }
    this.#pop();
    this.#now = next.at;
    next.callback?.();
    return true;
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap;
    let i = heap.push(appointment) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(appointment, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = appointment;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}
