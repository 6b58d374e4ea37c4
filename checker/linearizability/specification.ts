/** What an object does when nothing is concurrent, and the objects that this project's histories are about. */

export interface Specification<S, O, R> {
  readonly initial: S;
  /** What an operation does to a state, and returns. Pure and total; states are JSON. */
  readonly apply: (state: S, operation: O) => { readonly state: S; readonly result: R };
  /** Whether a client may have seen `actual` where the object returns `expected`. */
  readonly agrees: (expected: R, actual: R) => boolean;
  /** Whether this operation never changes any state. */
  readonly isRead: (operation: O) => boolean;
  /**
   * For an object that is nothing but its last write: the state that an operation leaves, whatever it was before, or
   * else the state that it saw. Not needed, but histories of many clients are judged much faster with it.
   */
  readonly lastWrite?: (operation: O) => { readonly left: S } | { readonly seen: (result: R) => S };
  /** Operations on different parts of the object do not touch each other; each part is then judged alone. */
  readonly partOf?: (operation: O) => string;
}

export type RegisterOperation<V> = { readonly type: 'read' } | { readonly type: 'write'; readonly value: V };

/** A read returns the value of the last write; what a write returns is its completion alone, null. */
export const register = <V extends string | number | boolean | null>(
  initial: V,
): Specification<V, RegisterOperation<V>, V | null> => ({
  initial,
  apply: (value, operation) =>
    operation.type === 'write' ? { state: operation.value, result: null } : { state: value, result: value },
  agrees: Object.is,
  isRead: ({ type }) => type === 'read',
  lastWrite: (operation) =>
    operation.type === 'write' ? { left: operation.value } : { seen: (result) => result as V },
});

export type StoreOperation<V> = RegisterOperation<V> & { readonly key: string };

/** A register for each key. */
export const store = <V extends string | number | boolean | null>(
  initial: V,
): Specification<V, StoreOperation<V>, V | null> => ({
  ...register(initial),
  partOf: ({ key }) => key,
});
