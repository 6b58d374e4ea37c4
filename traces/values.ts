/**
 * Values as a reader wants them: JSON without the quotes that carry nothing, and a zxid as epoch:counter. Whatever would be
 * a control character on a terminal is escaped, for a trace may come from a stranger.
 */
import type { Difference } from './difference.js';

const EPOCH = 2 ** 32;

/** A zxid is epoch * 2^32 + counter; no other integer of a model comes near that size. */
export const renderInteger = (value: number): string =>
  value >= EPOCH ? `${Math.floor(value / EPOCH)}:${value % EPOCH}` : String(value);

/** Control characters and those that change how their neighbours are shown, as escapes. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });

const quote = (text: string): string => printable(JSON.stringify(text));

const plainWord = /^[A-Za-z_$][\w.$:>-]*$/;
const isWord = (text: string): boolean =>
  plainWord.test(text) && text !== 'true' && text !== 'false' && text !== 'null';

export const renderText = (text: string): string => (isWord(text) ? text : quote(text));

/** The same for a name that stands alone (a path, a key): nothing to be confused with, so fewer quotes. */
export const renderName = (text: string): string => quote(text).slice(1, -1).replaceAll('\\"', '"');

export const renderValue = (value: unknown): string => {
  if (typeof value === 'number') return renderInteger(value);
  if (typeof value === 'string') return renderText(value);
  if (Array.isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([key, item]) => `${renderText(key)}: ${renderValue(item)}`);
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  return String(value);
};

interface Named {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** Bare wherever the word is only a name. */
export const renderAction = ({ name, ...fields }: Named): string =>
  [
    renderName(name),
    ...Object.entries(fields).map(([key, v]) => `${renderName(key)}=${renderValue(v)}`),
  ].join(' ');

export const renderDifference = ({ path, ...change }: Difference): string => {
  const at = renderName(path);
  if (!('from' in change)) return `${at} + ${renderValue(change.to)}`;
  if (!('to' in change)) return `${at} - ${renderValue(change.from)}`;
  return `${at}: ${renderValue(change.from)} -> ${renderValue(change.to)}`;
};
