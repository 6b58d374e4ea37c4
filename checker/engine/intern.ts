/** Gives equal values (by canonical encoding) the same small id, and keeps one frozen representative of each. */
import { encode } from '../canonical.js';

const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
};

export class Intern {
  /** By id. Frozen, so that a model function that changes its argument throws instead of corrupting the run. */
  readonly values: unknown[] = [];
  /** Canonical encodings by id. */
  readonly texts: string[] = [];
  private readonly byText = new Map<string, number>();
  /** Object identity is only a shortcut past the encoding. */
  private readonly byObject = new WeakMap<object, number>();

  /**
   * The id of a value, new or known.
   * @param what names the value in the message of the error thrown when it is not JSON.
   */
  idOf(value: unknown, what: string): number {
    const isObject = typeof value === 'object' && value !== null;
    const cached = isObject ? this.byObject.get(value) : undefined;
    if (cached !== undefined) return cached;
    const text = encode(value, what);
    let id = this.byText.get(text);
    if (id === undefined) {
      id = this.values.length;
      freeze(value);
      this.byText.set(text, id);
      this.values.push(value);
      this.texts.push(text);
      if (isObject) this.byObject.set(value, id);
    }
    return id;
  }
}
