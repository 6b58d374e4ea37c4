import { expect, test } from 'vitest';
import { renderName, renderValue } from './values.js';

test.each([
  [0, '0'],
  [2 ** 32, '1:0'],
  [3 * 2 ** 32 + 17, '3:17'],
  [2 ** 32 - 1, '4294967295'],
  [-1, '-1'],
  ['LEADING', 'LEADING'],
  ['two words', '"two words"'],
  ['true', '"true"'],
  [true, 'true'],
  [null, 'null'],
  [[], '[]'],
  [{}, '{}'],
  [{ zxid: 2 ** 32 + 1, votes: [1, 2] }, '{ zxid: 1:1, votes: [1, 2] }'],
])('%j reads %s', (value, text) => {
  expect(renderValue(value)).toBe(text);
});

test('nothing in a value reaches the terminal as a control character', () => {
  const nasty = '\u001b[2J\u0007\u009b\u202e\u{e0001}\n';
  for (const text of [renderValue(nasty), renderName(nasty), renderValue({ [nasty]: [nasty] })]) {
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
});
