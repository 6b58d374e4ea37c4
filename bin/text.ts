/** Text laid out in columns and paragraphs for a terminal of any width. */

import { stripVTControlCharacters } from 'node:util';

/** Columns that a text takes, its colours aside. */
export const visible = (text: string): number => stripVTControlCharacters(text).length;

export const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - visible(text)));

/** Words broken into lines of so many columns; a longer word stands alone. */
export const wrap = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && visible(line) + 1 + visible(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

/** A text behind a head, its further lines hanging under its first. */
export const hanging = (head: string, text: string, columns: number): readonly string[] => {
  const indent = visible(head);
  // Where hanging leaves no room to read, the text goes below.
  if (columns - indent < 24)
    return [head.trimEnd(), ...wrap(text, columns - 6).map((line) => `      ${line}`)];
  return wrap(text, columns - indent).map((line, i) => (i === 0 ? head : ' '.repeat(indent)) + line);
};

/** Rows of cells, each column as wide as its widest; numbers to the right. */
export const table = (
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
  gap = '   ',
): readonly string[] => {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, visible(cell));
    });
  }
  const cells = (row: readonly string[]): readonly string[] =>
    row.map((cell, i) => {
      const space = ' '.repeat(widths[i]! - visible(cell));
      return right.includes(i) ? space + cell : cell + space;
    });
  return rows.map((row) => cells(row).join(gap).trimEnd());
};
