import { expect, test } from 'vitest';
import { Recent } from './recent.js';

test('what was there a moment ago is known, and what was never there is not', () => {
  const recent = new Recent(true);
  expect(recent.seen(5, 7)).toBe(false);
  expect(recent.seen(5, 7)).toBe(true);
  expect(recent.seen(5, 8)).toBe(false);
  expect(recent.seen(0, 0)).toBe(false);
  // The same place, so that one pushes the other out.
  expect(recent.seen(5 + 2 ** 20, 8)).toBe(false);
  expect(recent.seen(5, 8)).toBe(false);
  recent.forget(5);
  expect(recent.seen(5, 8)).toBe(false);
});

test('where equal fingerprints may be different states nothing is known', () => {
  const recent = new Recent(false);
  expect(recent.seen(5, 7)).toBe(false);
  expect(recent.seen(5, 7)).toBe(false);
});
