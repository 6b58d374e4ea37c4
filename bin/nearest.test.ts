import { expect, test } from 'vitest';
import { nearest, suggestion } from './nearest.js';

const known = ['single-leader', 'commit-early', 'ack-before-flush', 'zab'];

test('a slip of the finger is understood', () => {
  expect(nearest('comit-early', known)).toEqual(['commit-early']);
  expect(nearest('zba', known)).toEqual(['zab']);
  expect(nearest('SingleLeader', known)).toEqual(['single-leader']);
  expect(nearest('flush', known)).toEqual(['ack-before-flush']);
});

test('nothing is suggested for something else, however long', () => {
  expect(nearest('paxos', known)).toEqual([]);
  expect(nearest('x'.repeat(100_000), known)).toEqual([]);
  expect(nearest('', known)).toEqual([]);
});

test('what there is is listed where nothing is near', () => {
  expect(suggestion('paxos', known)).toBe('known: single-leader, commit-early, ack-before-flush, zab');
  expect(suggestion('paxos', [])).toBe('there is none');
  expect(suggestion('comit-early', known)).toBe('did you mean commit-early?');
});
