import { expect, test } from 'vitest';
import { genericDrawing } from './drawing.js';
import { bag, fifo, scalar } from './kinds.js';
import type { Model, Slot } from './model.js';

const slot = (name: string, kind: Slot<any, any>['kind'], initial: unknown): Slot<any, any> => ({
  name,
  kind,
  initial,
});

const model: Model = {
  name: 'm',
  config: {},
  slots: [
    slot('server 0', scalar('server'), { state: 'idle', ballot: [0, 1], decided: false }),
    slot('server 1', scalar('server'), null),
    slot('messages 0 to 1', bag('messages'), []),
    slot('requests to 1', fifo('requests'), [{ type: 'Put', value: 'A' }]),
    slot('history', scalar('history'), []),
  ],
  groups: [],
  invariants: [],
  goals: [],
  actions: [],
};
const drawing = genericDrawing(model);

test('slots are lanes, but for lists that look like channels; a list of something else is a lane', () => {
  expect(drawing.lanes.map(({ name }) => name)).toEqual(['server 0', 'server 1', 'history']);
  expect(drawing.channels).toEqual([
    { slot: 'messages 0 to 1', from: 'server 0', to: 'server 1' },
    { slot: 'requests to 1' },
  ]);
});

test('a lane shows what its component calls itself, and all of it beside', () => {
  const state = { 'server 0': model.slots[0]!.initial, 'server 1': null, history: [] };
  expect(drawing.view('server 0', state)).toEqual({
    state: 'idle',
    short: 'idle',
    detail: 'idle ballot 0 1',
  });
  expect(drawing.view('server 1', state)).toEqual({ state: 'null', short: 'null' });
  expect(drawing.view('history', state).state).toBe('empty');
});

test('an action happens where it says, and where something changes', () => {
  const before = { 'server 0': 1, 'server 1': 1, history: [] };
  const lanes = (action: object, after: object) =>
    drawing.lanesOf({ name: 'a', ...action }, before, { ...before, ...after });
  expect(lanes({ server: 1 }, {})).toEqual(['server 1']);
  expect(lanes({ server: 1 }, { 'server 0': 2, history: [1] })).toEqual(['server 1', 'server 0', 'history']);
  expect(lanes({}, {})).toEqual([]);
});

test('messages are described in a few words', () => {
  expect(drawing.describe({ type: 'Put', value: 'A', ballot: [1, 2] })).toBe('Put A ballot 1 2');
  expect(drawing.describe({ type: 'Long', text: 'x'.repeat(100) })).toHaveLength(24);
});

test('where processes have several variables each, the processes are the lanes', () => {
  const variables = genericDrawing({
    ...model,
    slots: [
      slot('role[1]', scalar('role'), { state: 'LOOKING' }),
      slot('role[2]', scalar('role'), { state: 'LEADING' }),
      slot('log[1]', scalar('log'), 'empty'),
      slot('log[2]', scalar('log'), 'full'),
      slot('msgs[1][2]', bag('messages'), []),
      slot('budgets', scalar('budgets'), 3),
    ],
  });
  expect(variables.lanes.map(({ name }) => name)).toEqual(['process 1', 'process 2']);
  expect(variables.channels).toEqual([{ slot: 'msgs[1][2]', from: 'process 1', to: 'process 2' }]);
  const state = { 'role[1]': { state: 'LOOKING' }, 'log[1]': 'empty' };
  expect(variables.view('process 1', state)).toMatchObject({ state: 'LOOKING', detail: 'LOOKING; empty' });
  expect(variables.lanesOf({ name: 'a', server: 2, peer: 1 }, state, { ...state, 'log[1]': 'x' })).toEqual([
    'process 2',
    'process 1',
  ]);
});
