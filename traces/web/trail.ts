/**
 * The run that the explorer shows, kept in step with the server: of a longer path only the steps that are new are asked
 * for, and what has been seen of a state is not asked for twice.
 */
import type { At } from '../explore/protocol.js';
import type { Place } from '../page/data.js';
import type { Picture } from '../picture.js';
import { at } from './client.js';

export interface Trail {
  readonly place: Place;
  readonly words: string;
  readonly picture: Picture;
  /** Of the states along the way that have been looked at, by the number of the step. */
  readonly here: ReadonlyMap<number, At['here']>;
}

const common = (a: readonly number[], b: readonly number[]): number => {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
};

const sameModel = (a: Place, b: Place): boolean =>
  a.model === b.model && JSON.stringify(a.config) === JSON.stringify(b.config);

/** The trail to a place, built upon the one that is there as far as they go together. */
export const follow = async (before: Trail | null, place: Place): Promise<Trail> => {
  const shared =
    before !== null && sameModel(before.place, place) ? common(before.place.path, place.path) : 0;
  const { start, config, words, steps, here } = await at(place, shared);
  const kept = shared === 0 ? null : before;
  const picture: Picture = {
    ...(start ?? kept!.picture),
    steps: [...(kept?.picture.steps.slice(0, shared) ?? []), ...steps],
  };
  const seen = [...(kept?.here ?? [])].filter(([step]) => step <= shared);
  return { place: { ...place, config }, words, picture, here: new Map([...seen, [place.path.length, here]]) };
};

/** What can be said of a state on the way. */
export const lookAt = async (trail: Trail, step: number): Promise<Trail> => {
  if (trail.here.has(step)) return trail;
  const { here } = await at({ ...trail.place, path: trail.place.path.slice(0, step) }, step);
  return { ...trail, here: new Map([...trail.here, [step, here]]) };
};
