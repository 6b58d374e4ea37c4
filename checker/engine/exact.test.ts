import { expect, test } from 'vitest';
import { ExactStates } from './exact.js';

test('states that share a fingerprint are kept apart, while ids outgrow their bits and the table grows', () => {
  const states = new ExactStates();
  const count = 5000;
  for (let i = 0; i < count; i++) {
    states.prepare([i + 1, 2]);
    expect(states.add(Int32Array.of(i, i % 2), i >> 3, 7)).toBe(true);
  }
  for (let i = 0; i < count; i++) {
    expect(states.add(Int32Array.of(i, i % 2), i >> 3, 7)).toBe(false);
    expect(states.has(i >> 3, 7)).toBe(true);
  }
  expect(states.has(0, 8)).toBe(false);
  expect(states.size).toBe(count);
});
