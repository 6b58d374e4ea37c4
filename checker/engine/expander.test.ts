import { expect, test } from 'vitest';
import { apply, group, type Kind, type Model, put, read, type Slot } from '../model.js';
import { Findings, openProperties } from './findings.js';
import { append, Frontier, SegmentPool } from './frontier.js';
import { Log } from './log.js';
import { loopOver } from './loop.js';
import { compileProgram } from './program.js';
import type { Resolver } from './reader.js';
import { Tables } from './tables.js';

const counter: Kind<number, number> = { name: 'counter', apply: (n, by) => n + by };
const a: Slot<number, number> = { name: 'a', kind: counter, initial: 0 };
const b: Slot<number, number> = { name: 'b', kind: counter, initial: 0 };
const model: Model = {
  name: 'both',
  config: {},
  slots: [a, b],
  groups: [
    group({
      name: 'both',
      urgency: 'progress',
      reads: [read(a)],
      outcomes: ([n]) =>
        n === 0
          ? [
              { action: { name: 'both' }, writes: [put(a, 1), apply(b, 1)], observed: [] },
              { action: { name: 'both' }, writes: [put(a, 2)], observed: [] },
            ]
          : [],
    }),
  ],
  invariants: [],
  goals: [],
  actions: ['both'],
};

test.each([
  { loop: 'plain', webAssembly: false },
  { loop: 'WebAssembly', webAssembly: true },
])(
  'a state that is put off leaves nothing behind, least of all a fingerprint that lacks an operation: $loop',
  ({ webAssembly }) => {
    const tables = new Tables(model);
    const program = compileProgram(tables);
    const asked: (() => void)[] = [];
    const putOff = (answer: () => void): number => {
      asked.push(answer);
      return 0;
    };
    const resolver: Resolver = {
      bell: tables.bell,
      attend: () => {},
      conditions: (slot, component) => putOff(() => tables.conditions(slot, component)),
      group: (group, state) => putOff(() => tables.group(group, state)),
      operation: (...of) => putOff(() => tables.operation(...of)),
      property: (property, state) => putOff(() => tables.property(property, state)),
    };
    const log = new Log(tables.memory, 16, false);
    const findings = new Findings(openProperties(0), false);
    const options = { trustful: true, webAssembly, actions: 1 };
    const { expander } = loopOver(tables.memory, program, resolver, findings, log, options);
    const state = tables.initial();
    const initial = tables.fingerprint(state);
    const frontier = new Frontier(new SegmentPool(64));
    frontier.prepare(tables.sizes());
    append(frontier, state, initial.lo, initial.hi);
    const expand = (): readonly number[] => {
      expect(expander.expand(frontier.segment(0), 0, 1, 0, 0, new Int32Array(2), 16)).toBe(1);
      return expander.putOff;
    };

    // It lacks its group, then an operation.
    for (let lacks = 1; lacks <= 2; lacks++) {
      expect(expand()).toEqual([0]);
      expect([asked.length, log.count, expander.generated]).toEqual([1, 0, 0]);
      asked.pop()!();
    }
    expect(expand()).toEqual([]);
    const { lo, hi } = tables.fingerprint(Int32Array.of(1, 1));
    expect([log.memory.lo[0], log.memory.hi[0]]).toEqual([lo, hi]);
    // The other successor was logged before, but withdrawn with the state.
    expect(log.count).toBe(2);
    expect([expander.generated, ...expander.coverage]).toEqual([2, 2]);
  },
);
