import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hanging, table, visible, wrap } from './text.js';

test('wrapping keeps every word, and the width where the words allow', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 80 }), (list, width) => {
      const lines = wrap(list.join(' '), width);
      expect(lines.join(' ')).toBe(list.join(' '));
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});

test('a text hangs behind its head, or goes below where there is no room', () => {
  expect(hanging('name  ', 'one two three four five six', 30)).toEqual([
    'name  one two three four five',
    '      six',
  ]);
  expect(hanging('a name that is far too long  ', 'one two', 30)).toEqual([
    'a name that is far too long',
    '      one two',
  ]);
});

test('a table lines up its cells, colours aside', () => {
  const red = '\u001b[31mab\u001b[39m';
  expect(visible(red)).toBe(2);
  expect(
    table(
      [
        [red, '1'],
        ['abc', '100'],
      ],
      [1],
    ),
  ).toEqual([`${red}      1`, 'abc   100']);
});
