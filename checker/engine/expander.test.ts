import { expect, test } from 'vitest';
import { apply, group, type Kind, type Model, put, read, type Slot } from '../model.js';
import { Findings, openProperties } from './findings.js';
import { append, Frontier, SegmentPool } from './frontier.js';
import { Log } from './log.js';
import { loopOver } from './loop.js';
import { Misses } from './misses.js';
import { compileProgram } from './program.js';
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
        n === 0 ? [{ action: { name: 'both' }, writes: [put(a, 1), apply(b, 1)], observed: [] }] : [],
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
    const misses = new Misses(program);
    const log = new Log(tables.memory, 16, false);
    const findings = new Findings(openProperties(0), false);
    const options = { trustful: true, webAssembly, actions: 1 };
    const { expander } = loopOver(tables.memory, program, misses, findings, log, options);
    const state = tables.initial();
    const initial = tables.fingerprint(state);
    const frontier = new Frontier(new SegmentPool(64));
    frontier.prepare(tables.sizes());
    append(frontier, state, initial.lo, initial.hi);
    const expand = () => expander.expand(frontier.segment(0), 0, 1, 0, 0, new Int32Array(2), 16);

    expect(expand()).toBe(0);
    expect(misses.take()).toMatchObject([{ type: 'group' }]);
    tables.group(0, state);

    expect(expand()).toBe(0);
    const [miss] = misses.take();
    expect(miss).toMatchObject({ type: 'operation', slot: 1, component: 0 });
    expect(log.count).toBe(0);
    if (miss?.type === 'operation') tables.operation(miss.slot, miss.component, miss.operation);
    expect(expand()).toBe(1);
    const { lo, hi } = tables.fingerprint(Int32Array.of(1, 1));
    expect([log.count, log.memory.lo[0], log.memory.hi[0]]).toEqual([1, lo, hi]);
    expect([expander.generated, ...expander.coverage]).toEqual([1, 1]);
  },
);
