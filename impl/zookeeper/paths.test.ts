/** The expression for paths against the rule as one would tell it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isValidPath } from './paths.js';

const isName = (name: string): boolean => name !== '' && name !== '.' && name !== '..';

test('a path is the root, or names behind slashes', () => {
  const characters = fc.constantFrom('/', '/', '.', '.', 'a', ' ', 'é');
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 8 }), (path) => {
      const [first, ...names] = path.split('/');
      const expected = path === '/' || (first === '' && names.length > 0 && names.every(isName));
      expect(isValidPath(path)).toBe(expected);
    }),
    { numRuns: 5_000 },
  );
});

test.each(['/a\nb', '/a\n', '/\0', '/a\ud800', '/\uffff'])(
  '%j has a character that is fit for no name',
  (path) => {
    expect(isValidPath(path)).toBe(false);
  },
);
