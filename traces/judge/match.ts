/** Whether what was seen is what the specification produces: an absent field is unconstrained, a list has to be whole. */

/** What differs, by path: expected is the specification's. */
export interface FieldDifference {
  readonly path: string;
  readonly expected?: unknown;
  readonly found?: unknown;
}

/** The payload of a write that nobody saw: whatever is seen of it later fits. */
export const UNSEEN_PAYLOAD = '\u0000';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const child = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** Every field that was seen and is not what is expected; none if they fit. */
export const misfits = (seen: unknown, expected: unknown, path = ''): readonly FieldDifference[] => {
  if (Object.is(seen, expected) || expected === UNSEEN_PAYLOAD) return [];
  if (isRecord(seen) && isRecord(expected))
    return Object.entries(seen).flatMap(([key, value]) =>
      Object.hasOwn(expected, key)
        ? misfits(value, expected[key], child(path, key))
        : value === undefined
          ? []
          : [{ path: child(path, key), found: value }],
    );
  if (Array.isArray(seen) && Array.isArray(expected) && seen.length === expected.length)
    return seen.flatMap((value, i) => misfits(value, expected[i], `${path}[${i}]`));
  return [{ path, expected, found: seen }];
};

export const fits = (seen: unknown, expected: unknown): boolean => {
  if (Object.is(seen, expected) || expected === UNSEEN_PAYLOAD) return true;
  if (isRecord(seen) && isRecord(expected)) {
    for (const key in seen)
      if (seen[key] !== undefined && !(Object.hasOwn(expected, key) && fits(seen[key], expected[key])))
        return false;
    return true;
  }
  return (
    Array.isArray(seen) &&
    Array.isArray(expected) &&
    seen.length === expected.length &&
    seen.every((value, i) => fits(value, expected[i]))
  );
};

/** How many leaf fields of what was seen are compared at all. */
export const fieldsIn = (seen: unknown): number => {
  if (Array.isArray(seen)) return seen.reduce<number>((sum, item) => sum + fieldsIn(item), 0);
  if (isRecord(seen)) return Object.values(seen).reduce<number>((sum, item) => sum + fieldsIn(item), 0);
  return seen === undefined ? 0 : 1;
};
