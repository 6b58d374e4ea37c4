/**
 * The judge of one server: is there a run of the specification that explains what was seen of it, line by line? It keeps
 * a layer for each line: the candidates that explain all lines before it. The search is lazy. It follows the likeliest
 * candidate, deepest layer first, and comes back to the others only where that one is stuck; so a log that is explained
 * costs about a step for each line, and a rejection means that nothing is left to try.
 */
import type { Config } from '../../spec/config.js';
import type { Sid } from '../../spec/zxid.js';
import {
  type Candidate,
  type Hidden,
  sameCandidate,
  signature,
  unborn,
  wholeSignature,
} from './candidate.js';
import { isImpossible, type Recorded, type World } from './carry.js';
import { explain, type Why } from './explain.js';
import { type Contradicted, type Foresight, nearer, NO_FORESIGHT } from './foresight.js';
import { type Connection, Inbox } from './inbox.js';
import {
  guessRequest,
  type Input,
  isBeyondIt,
  isHopeless,
  type Line,
  type Observation,
  type Output,
  passes,
  type Room,
} from './lines.js';
import { MOST_RESTLESS, type Move, movesOf } from './moves.js';

export interface JudgeOptions {
  readonly config: Config;
  readonly sid: Sid;
  /** `server`: an input is processed where it stands. `network`: at any later point, in the order of its connection. */
  readonly vantage: 'server' | 'network';
  readonly records: readonly Recorded[];
  readonly hidden: readonly Hidden[];
  /** What is known of the lines to come. */
  readonly foresight?: Foresight | undefined;
  /** Steps of the reducer after which the judge gives up; absent: none. */
  readonly maxSteps?: number | undefined;
}

export type Verdict =
  | { readonly kind: 'explained' }
  | { readonly kind: 'rejected'; readonly why: Why }
  | { readonly kind: 'inconclusive'; readonly bound: string };

const EXPLAINED: Verdict = { kind: 'explained' };

/** A candidate whose line, or whose further moves, are yet to be tried. */
interface Frame {
  readonly candidate: Candidate;
  moves: readonly Move[] | null;
  next: number;
}

interface Layer {
  /** Null until the line comes; a layer is not searched before. */
  line: Line | null;
  /** With what is known of the lines from here on. */
  room: Room;
  source: unknown;
  /** Each once, by a cheap signature. */
  readonly known: Map<string, Candidate[]>;
  readonly candidates: Candidate[];
  /** The step that came nearest to what it may not contradict, of those that do. */
  contradicted: Contradicted | null;
  readonly likely: Frame[];
  readonly unlikely: Frame[];
}

const newLayer = (room: Room): Layer => ({
  line: null,
  room,
  source: undefined,
  known: new Map(),
  candidates: [],
  contradicted: null,
  likely: [],
  unlikely: [],
});

/** Candidates with the same cheap signature from which on the rest are told apart by a dear one. */
const CROWD = 8;

/** Where the processing of what was given comes before the line: a crash, above all, does not come at once. */
const comesLate = (line: Line): boolean => line.kind === 'crash' || line.kind === 'quiet';

/** A write that must have been asked for, where its first trace is seen. */
const guesses = (room: Room, candidate: Candidate, line: Line): readonly Move[] => {
  const asked = guessRequest(room, candidate, line);
  return asked === null ? [] : [{ order: 0, take: () => asked }];
};

export class Judge {
  readonly #room: Room;
  readonly #layers: Layer[];
  /** No layer before this one has anything left to try. */
  #bottom = 0;
  #settled: Verdict | null = null;
  #wasRestless = false;
  #steps = 0;

  constructor(readonly options: JudgeOptions) {
    const { config, sid, records } = options;
    const world: World = {
      config,
      sid,
      records,
      foresight: options.foresight ?? NO_FORESIGHT,
      here: undefined,
    };
    this.#room = { world, hidden: options.hidden, inbox: new Inbox() };
    this.#layers = [newLayer(this.#room)];
    this.#add(this.#layers[0]!, unborn);
  }

  /** Steps of the reducer, and lines tried. */
  get steps(): number {
    return this.#steps;
  }

  /** Lines that are explained so far. */
  get explained(): number {
    return this.#layers.length - 1;
  }

  /** Handed to the server. */
  given(input: Input, source?: unknown): Verdict {
    if (this.#settled) return this.#settled;
    const { event } = input;
    const { inbox } = this.#room;
    const connection = 'connection' in input ? input.connection : undefined;
    switch (event.type) {
      case 'Boot':
        return this.#line({ kind: 'boot', disk: event.disk, marks: inbox.marks() }, source);
      case 'Crash':
        return this.#line({ kind: 'crash' }, source);
      case 'Reconnected':
        return this.#line({ kind: 'reconnected', peer: event.peer }, source);
    }
    const isNow = this.options.vantage === 'server';
    const at = this.#now();
    const now = (index: number | null): Verdict =>
      isNow ? this.#line({ kind: 'given', event, index }, source) : EXPLAINED;
    switch (event.type) {
      case 'Connected':
      case 'Accepted':
        return now(inbox.open(event.peer, connection, event.type, at).index);
      case 'Closed':
        return now(inbox.close(event.peer, connection, at)?.index ?? null);
      case 'Receive': {
        const { from, message } = event;
        const begins = message.type === 'FOLLOWERINFO' || message.type === 'OBSERVERINFO';
        const isUntold = begins && !this.options.records.includes('connections');
        const link = isUntold
          ? this.#implied(from, 'Accepted', source)
          : (inbox.find(from, connection) ?? inbox.open(from, connection, null, at));
        if (!isNow) inbox.receive(link, message, at);
        return now(link.index);
      }
      case 'Notified':
        if (!isNow) inbox.notify(event.from, event.notification, at);
        return now(null);
      default:
        return this.#line({ kind: 'given', event, index: null }, source);
    }
  }

  /** Came out of the server. */
  saw(output: Output, source?: unknown): Verdict {
    if (this.#settled) return this.#settled;
    const { inbox } = this.#room;
    if (output.type !== 'send' && output.type !== 'close')
      return this.#line({ kind: 'saw', output, index: null }, source);
    const peer = output.type === 'send' ? output.to : output.peer;
    const begins =
      output.type === 'send' &&
      (output.message.type === 'FOLLOWERINFO' || output.message.type === 'OBSERVERINFO');
    if (begins && !this.options.records.includes('connections')) this.#implied(peer, 'Connected', source);
    const index = inbox.find(peer, output.connection)?.index ?? null;
    return this.#line({ kind: 'saw', output, index }, source);
  }

  observed(seen: Observation, source?: unknown): Verdict {
    return this.#settled ?? this.#line({ kind: 'observed', seen }, source);
  }

  /** Every input is processed, and every output that it leads to was seen. */
  quiet(source?: unknown): Verdict {
    return this.#settled ?? this.#line({ kind: 'quiet' }, source);
  }

  /** One that explains all so far, by the way that was found first. */
  witness(): Candidate | null {
    return this.#layers.at(-1)!.candidates[0] ?? this.#layers.at(-2)?.candidates[0] ?? null;
  }

  // --- the search

  /** Where connections are not recorded, the first message of a learner tells of one. */
  #implied(peer: Sid, as: 'Connected' | 'Accepted', source: unknown): Connection {
    const connection = this.#room.inbox.open(peer, undefined, as, this.#now());
    if (this.options.vantage === 'server')
      this.#line({ kind: 'given', event: { type: as, peer }, index: connection.index }, source);
    return connection;
  }

  /** The layer in which an input that comes now may first be processed. */
  #now(): number {
    return this.options.vantage === 'server' ? Number.MAX_SAFE_INTEGER : this.#layers.length - 1;
  }

  #add(layer: Layer, candidate: Candidate): void {
    const cheap = signature(candidate);
    const isCrowded = (layer.known.get(cheap)?.length ?? 0) >= CROWD;
    const key = isCrowded ? `${cheap} ${wholeSignature(candidate)}` : cheap;
    if (isCrowded && layer.known.get(cheap)!.some((other) => sameCandidate(other, candidate))) return;
    const alike = layer.known.get(key);
    if (alike === undefined) layer.known.set(key, [candidate]);
    else if (alike.some((other) => sameCandidate(other, candidate))) return;
    else alike.push(candidate);
    layer.candidates.push(candidate);
    layer.likely.push({ candidate, moves: null, next: 0 });
  }

  #line(line: Line, source: unknown): Verdict {
    const at = this.#layers.length - 1;
    const last = this.#layers[at]!;
    last.line = line;
    last.source = source;
    last.room = { ...this.#room, world: { ...this.#room.world, here: source } };
    const next = newLayer(this.#room);
    this.#layers.push(next);
    const { maxSteps = Number.POSITIVE_INFINITY } = this.options;
    while (next.candidates.length === 0) {
      if (this.#steps >= maxSteps) return (this.#settled = { kind: 'inconclusive', bound: 'max-steps' });
      if (!this.#work(at)) return (this.#settled = this.#stuck());
    }
    return EXPLAINED;
  }

  #stuck(): Verdict {
    if (this.#wasRestless) return { kind: 'inconclusive', bound: 'timeouts that leave no line' };
    const at = this.#layers.findLastIndex(({ candidates }) => candidates.length > 0);
    const { line, room, source, candidates, contradicted } = this.#layers[at]!;
    return { kind: 'rejected', why: explain(room, candidates, contradicted, line!, source, at) };
  }

  /** Tries one more thing in the deepest layer that has any left; false if none has. */
  #work(deepest: number): boolean {
    for (let at = deepest; at >= this.#bottom; at--) {
      const { likely, unlikely } = this.#layers[at]!;
      const stack = likely.length > 0 ? likely : unlikely;
      const frame = stack.at(-1);
      if (frame === undefined) {
        if (at === this.#bottom && at < this.#layers.length - 1) this.#bottom++;
        continue;
      }
      this.#advance(frame, stack, at);
      return true;
    }
    return false;
  }

  #advance(frame: Frame, stack: Frame[], at: number): void {
    const layer = this.#layers[at]!;
    if (frame.moves === null) {
      this.#open(frame, layer, at);
      return;
    }
    const move = frame.moves[frame.next++];
    if (move === undefined) {
      stack.pop();
      return;
    }
    this.#steps++;
    const next = move.take();
    if (next === null) return;
    if (isImpossible(next)) {
      if (next.contradicted) layer.contradicted = nearer(layer.contradicted, next.contradicted);
      return;
    }
    if (next.restless > MOST_RESTLESS) this.#wasRestless = true;
    else if (!isHopeless(layer.room, next, layer.line!, at)) this.#add(layer, next);
  }

  /** A candidate is looked at for the first time: its line, then its moves; or its line last, where that comes late. */
  #open(frame: Frame, layer: Layer, at: number): void {
    const { candidate } = frame;
    const { room } = layer;
    const line = layer.line!;
    if (isBeyondIt(room, candidate, line, at)) {
      frame.moves = [];
      return;
    }
    const { likely, unlikely } = movesOf(room, candidate, at);
    if (unlikely.length > 0) layer.unlikely.unshift({ candidate, moves: unlikely, next: 0 });
    if (comesLate(line)) {
      const meet = (): null => {
        this.#meet(candidate, at);
        return null;
      };
      frame.moves = [...likely, { order: 0, take: meet }];
    } else {
      frame.moves = [...guesses(room, candidate, line), ...likely];
      this.#meet(candidate, at);
    }
  }

  #meet(candidate: Candidate, at: number): void {
    const layer = this.#layers[at]!;
    const { line, room } = layer;
    this.#steps++;
    const result = passes(room, candidate, line!, at);
    if ('refusal' in result) {
      const { contradicted } = result.refusal;
      if (contradicted) layer.contradicted = nearer(layer.contradicted, contradicted);
      return;
    }
    const next = this.#layers[at + 1]!;
    // The likeliest comes first, so it has to lie on top.
    for (const one of [...result.candidates].reverse()) this.#add(next, one);
  }
}

export const judgeOf = (options: JudgeOptions): Judge => new Judge(options);
