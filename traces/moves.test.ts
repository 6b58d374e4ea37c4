import { expect, test } from 'vitest';
import { movesOf } from './moves.js';

const describe = (message: unknown): string => String(message);
const moves = (before: string, after: string, delivers?: 'takes' | 'copies') =>
  movesOf([...before], [...after], delivers, describe).map((one) =>
    [one.move, one.at, ...('text' in one ? [one.text] : [])].join(' '),
  );

test.each([
  ['nothing', '', '', undefined, []],
  ['one is sent', 'ab', 'abc', undefined, ['send 2 c']],
  ['the head is delivered', 'abc', 'bc', 'takes', ['receive 0']],
  ['of equal ones the oldest is delivered', 'aa', 'a', 'takes', ['receive 0']],
  ['of equal ones the newest was sent', 'a', 'aa', undefined, ['send 1 a']],
  ['delivered, and the rest lost with the link', 'abc', '', 'takes', ['receive 0', 'lose 1', 'lose 2']],
  ['lost', 'ab', '', undefined, ['lose 0', 'lose 1']],
  ['overwritten', 'a', 'b', undefined, ['lose 0', 'send 0 b']],
  ['delivered and kept', 'ab', 'ab', 'copies', ['copy 0']],
  ['out of the middle of a bag', 'abc', 'ac', 'takes', ['receive 1']],
  ['into the middle of a bag', 'ac', 'abc', 'takes', ['send 1 b']],
] as const)('%s', (_name, before, after, delivers, expected) => {
  expect(moves(before, after, delivers)).toEqual(expected);
});
