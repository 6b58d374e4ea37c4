/**
 * The structural difference of two JSON values: which paths changed, from what to what. Lists are compared as the queues and
 * logs that they mostly are: what both ends share is passed over, and the middle is what came and went.
 */

/** `from` absent: it was not there before. `to` absent: it is gone. */
export interface Difference {
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether two JSON values are the same; the order of keys is nothing. */
export const same = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same(a[key as never], b[key as never]));
};

const child = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const lists = (from: readonly unknown[], to: readonly unknown[], path: string): Difference[] => {
  const least = Math.min(from.length, to.length);
  let head = 0;
  while (head < least && same(from[head], to[head])) head++;
  let tail = 0;
  while (tail < least - head && same(from.at(-1 - tail), to.at(-1 - tail))) tail++;
  const gone = from.slice(head, from.length - tail);
  const come = to.slice(head, to.length - tail);
  const at = (i: number): string => `${path}[${head + i}]`;
  if (gone.length === come.length) return gone.flatMap((item, i) => difference(item, come[i], at(i)));
  return [
    ...gone.map((item, i) => ({ path: at(i), from: item })),
    ...come.map((item, i) => ({ path: at(i), to: item })),
  ];
};

const records = (from: Record<string, unknown>, to: Record<string, unknown>, path: string): Difference[] => {
  const found: Difference[] = [];
  for (const key of Object.keys(from)) {
    if (Object.hasOwn(to, key)) found.push(...difference(from[key], to[key], child(path, key)));
    else found.push({ path: child(path, key), from: from[key] });
  }
  for (const key of Object.keys(to)) {
    if (!Object.hasOwn(from, key)) found.push({ path: child(path, key), to: to[key] });
  }
  return found;
};

export const difference = (from: unknown, to: unknown, path = ''): Difference[] => {
  if (same(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to)) return lists(from, to, path);
  if (isObject(from) && isObject(to) && !Array.isArray(from) && !Array.isArray(to)) {
    return records(from as Record<string, unknown>, to as Record<string, unknown>, path);
  }
  return [{ path, from, to }];
};
