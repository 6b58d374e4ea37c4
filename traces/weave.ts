/**
 * From what each step does to the channels to arrows: where a message was sent, and where it was delivered or lost, or
 * that it is still on its way at the end. Pure and without the model, so that the browser weaves too.
 */
import type { ChannelMove, Picture } from './picture.js';

export interface Arrow {
  /** Index of a channel. */
  readonly channel: number;
  readonly text: string;
  /** Indices of lanes; absent where no lane is known. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** The step that sent it; 0, it was there at the start. */
  readonly sent: number;
  /** The step at which it was delivered or lost; absent, still in flight. */
  readonly end: number | undefined;
  readonly fate: 'received' | 'lost' | 'flight';
  /** Delivered, and delivered again later. */
  readonly copy?: true;
}

type Flying = Omit<Arrow, 'end' | 'fate' | 'copy'>;

class Loom {
  readonly arrows: Arrow[] = [];
  readonly #flying: Flying[][];
  constructor(readonly picture: Picture) {
    this.#flying = picture.channels.map(() => []);
  }

  /** Carries out the moves of one step; the places in them are those before it, but for what is sent. */
  step(moves: readonly ChannelMove[], step: number, actor: number | undefined): void {
    for (const { channel, moves: ofChannel } of moves) {
      const ends = this.picture.channels[channel]!;
      const flying = this.#flying[channel]!;
      const gone = new Set<Flying>();
      for (const { move, at, ...rest } of ofChannel) {
        if (move === 'send') {
          const text = 'text' in rest ? rest.text : '';
          const kept = flying.filter((one) => !gone.has(one));
          flying.splice(0, flying.length, ...kept);
          gone.clear();
          flying.splice(at, 0, { channel, text, from: ends.from ?? actor, to: ends.to, sent: step });
          continue;
        }
        const one = flying[at];
        if (one === undefined) continue;
        const to = one.to ?? (move === 'lose' ? undefined : actor);
        const fate = move === 'lose' ? 'lost' : 'received';
        this.arrows.push({ ...one, to, end: step, fate, ...(move === 'copy' && { copy: true }) });
        if (move !== 'copy') gone.add(one);
      }
      this.#flying[channel] = flying.filter((one) => !gone.has(one));
    }
  }

  finish(): readonly Arrow[] {
    const left = this.#flying.flat();
    return [...this.arrows, ...left.map((one): Arrow => ({ ...one, end: undefined, fate: 'flight' }))];
  }
}

/** In the order in which they ended; those still in flight last. */
export const weave = (picture: Picture): readonly Arrow[] => {
  const loom = new Loom(picture);
  loom.step(picture.start.moves, 0, undefined);
  for (const [i, { moves, lanes }] of picture.steps.entries()) loom.step(moves, i + 1, lanes[0]);
  return loom.finish();
};

/** The arrows by the step at which they end; under undefined those still in flight. */
export const byEnd = (arrows: readonly Arrow[]): ReadonlyMap<number | undefined, readonly Arrow[]> => {
  const ends = new Map<number | undefined, Arrow[]>();
  for (const arrow of arrows) {
    const already = ends.get(arrow.end);
    if (already) already.push(arrow);
    else ends.set(arrow.end, [arrow]);
  }
  return ends;
};
