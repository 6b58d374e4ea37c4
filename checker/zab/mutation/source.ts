/**
 * Program text as far as mutation has to understand it: what is code and what is comment or string, where a parenthesis
 * closes, which function a position is in. It reads what the compiler writes, one top-level `const` a function, and is
 * no parser.
 */

/** The text with comments, strings and template literals blanked out, character for character. */
export const codeOf = (text: string): string =>
  text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g,
    (found) => found.replace(/[^\n]/g, ' '),
  );

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Position of the bracket that closes the one at `open`; -1 if none does. */
export const closing = (code: string, open: number): number => {
  const awaited: string[] = [];
  for (let i = open; i < code.length; i++) {
    const char = code[i]!;
    if (CLOSING[char]) awaited.push(CLOSING[char]);
    else if (char === awaited.at(-1)) {
      awaited.pop();
      if (awaited.length === 0) return i;
    }
  }
  return -1;
};

/** Where the expression starts that has this position in it: behind a bracket that is still open, or what ends another. */
export const expressionStart = (code: string, position: number): number => {
  let nested = 0;
  let i = position - 1;
  for (; i >= 0; i--) {
    const char = code[i]!;
    if (')]}'.includes(char)) nested++;
    else if ('([{'.includes(char) && nested-- === 0) break;
    else if (nested === 0 && (',;:'.includes(char) || code.startsWith('=>', i - 1))) break;
    else if (nested === 0 && char === '?' && !'.?'.includes(code[i + 1]!)) break;
  }
  const [before] = /^(?:\s|\breturn\b)*/.exec(code.slice(i + 1))!;
  return i + 1 + before.length;
};

/** A stretch of the text: from the first position, up to the second without it. */
export type Range = readonly [number, number];

/** What stands between the commas of the bracket at `open`, brackets within it not looked into. */
export const elements = (code: string, open: number): readonly Range[] => {
  const end = closing(code, open);
  const ranges: Range[] = [];
  let from = open + 1;
  for (let i = from; i < end; i++) {
    if (CLOSING[code[i]!]) i = closing(code, i);
    else if (code[i] === ',') {
      ranges.push([from, i]);
      from = i + 1;
    }
  }
  if (code.slice(from, end).trim() !== '') ranges.push([from, end]);
  return ranges.map(([a, b]) => trimmed(code, a, b));
};

/** Without the white space around it. Of a stretch that is a string only blanks are left, so its ends stay. */
const trimmed = (code: string, from: number, to: number): Range => {
  const part = code.slice(from, to);
  if (part.trim() === '') return [from, to];
  return [from + part.length - part.trimStart().length, to - part.length + part.trimEnd().length];
};

export interface Function {
  readonly name: string;
  readonly range: Range;
}

/** The top-level constants, each up to the next. */
export const functionsOf = (code: string): readonly Function[] => {
  const starts = [...code.matchAll(/^(?:export )?const (\w+) =/gm)];
  return starts.map(({ index, 1: name }, i) => ({
    name: name!,
    range: [index, starts[i + 1]?.index ?? code.length],
  }));
};
