import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Links } from './links.js';
import { packLinks, unpackLinks } from './pack-links.js';
import { Pile } from './pile.js';

const noFile = (): never => {
  throw new Error('there is nothing to be put into a file');
};

test('what is packed is unpacked again, however far parents are from each other', () => {
  const step = fc.oneof(fc.nat(3), fc.constantFrom(127, 128, 16_383, 16_384), fc.nat(2 ** 28));
  const action = fc.oneof(fc.nat(20), fc.constantFrom(127, 128, 16_384, 0xffff));
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.array(fc.tuple(step, action), { maxLength: 6 }), (first, steps) => {
      let parent = first;
      const parents = Uint32Array.from(steps, ([by]) => (parent += by));
      const actions = Uint16Array.from(steps, ([, one]) => one);
      const again = { parents: new Uint32Array(steps.length), actions: new Uint16Array(steps.length) };
      unpackLinks(packLinks({ parents, actions }, steps.length), again, steps.length);
      expect(again).toEqual({ parents, actions });
    }),
  );
});

test('a path leads through packed links and through those that are not', () => {
  const links = new Links(new Pile(Number.POSITIVE_INFINITY, noFile));
  links.add(0, 0);
  const count = 200_000;
  for (let state = 1; state < count; state++) {
    links.add(Math.floor((state - 1) / 3), (state - 1) % 3);
    if (state % 10_000 === 0) links.pack();
  }
  let state = count - 1;
  for (const action of [...links.pathTo(state)].reverse()) {
    expect(action).toBe((state - 1) % 3);
    state = Math.floor((state - 1) / 3);
  }
  expect(state).toBe(0);
});
