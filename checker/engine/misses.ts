/** The resolver of a thread that does not own the tables: it writes down what they lack, once, and puts off the answer. */
import type { Miss } from './messages.js';
import type { Program } from './program.js';
import type { Resolver } from './reader.js';

export class Misses implements Resolver {
  private readonly list: Miss[] = [];
  private readonly keys = new Set<string>();
  /** By group: the slots that it reads. */
  private readonly slots: readonly (readonly number[])[];

  constructor({ code, groups, allGroups }: Program) {
    const slots: number[][] = [];
    for (let bit = 0; bit < groups.length; bit++) {
      if (((allGroups[bit >> 5]! >>> (bit & 31)) & 1) === 0) continue;
      const address = groups[bit]!;
      const reads = code.subarray(address + 2, address + 2 + 2 * code[address + 1]!);
      slots[code[address]!] = [...reads].filter((_, i) => i % 2 === 0);
    }
    this.slots = slots;
  }

  /** What was missed since this was last asked. */
  take(): readonly Miss[] {
    this.keys.clear();
    return this.list.splice(0);
  }

  trouble(): void {
    this.add('t', { type: 'trouble' });
  }

  conditions(slot: number, component: number): number {
    return this.add(`c${slot},${component}`, { type: 'conditions', slot, component });
  }

  group(group: number, state: Int32Array): number {
    const key = `g${group},${this.slots[group]!.map((slot) => state[slot]!).join()}`;
    return this.keys.has(key) ? 0 : this.add(key, { type: 'group', group, state: state.slice() });
  }

  operation(slot: number, component: number, operation: number): number {
    return this.add(`o${slot},${component},${operation}`, { type: 'operation', slot, component, operation });
  }

  property(property: number, state: Int32Array): number {
    return this.add(`p${property},${state.join()}`, { type: 'property', property, state: state.slice() });
  }

  private add(key: string, miss: Miss): number {
    if (!this.keys.has(key)) this.list.push(miss);
    this.keys.add(key);
    return 0;
  }
}
