/**
 * Is there a run of the whole ensemble that explains a log in which nobody wrote down the messages? Depth first: of the
 * states that are reached, one that explains the most lines goes on, and of those the one that is least far from the
 * plainest run, in which messages arrive as soon as they can and nothing is guessed (limited discrepancy search). What
 * was reached before, with the same lines explained and no more guesses, is not looked at again.
 */
import type { Config } from '../../spec/config.js';
import type { Durable } from '../../spec/disk.js';
import { lastZxid } from '../../spec/history.js';
import type { Sid, Zxid } from '../../spec/zxid.js';
import { encode, hash64 } from '../../checker/canonical.js';
import { initialState, type State } from '../../checker/plain.js';
import type { Hidden, Log, LogEvent } from '../format/log.js';
import { diskMisfits, shownDisk } from '../judge/lines.js';
import { type FieldDifference, fits, misfits } from '../judge/match.js';
import { linesOfStep } from '../judge/steps.js';
import { channelOf, contentOf, Lines } from './lines.js';
import { diskIn, type Ensemble, ensembleOf, type Happening, type Move, movesBy, serverIn } from './model.js';

/** How far a server's lines are explained. */
interface Reader {
  /** Lines explained. */
  readonly at: number;
  readonly life: number;
  /** By channel: lines explained of it in this life. */
  readonly seen: Readonly<Record<string, number>>;
  /** By channel: what has happened and is yet to be written down. */
  readonly unseen: Readonly<Record<string, readonly LogEvent[]>>;
  /** What was delivered and answered before, which a restart may do again, or not. */
  readonly known: Readonly<Record<'deliver' | 'answer', Zxid>>;
}

export interface Node {
  readonly state: State;
  readonly readers: Readonly<Record<Sid, Reader>>;
  readonly explained: number;
  /** What clients asked for by a guess: of those payloads that lines tell of, each once. */
  readonly asked: readonly (number | string)[];
  readonly guesses: number;
  /** How far it is from the plainest run: a step that is not the first to offer itself, or a guess, counts one. */
  readonly detours: number;
  /** Guesses since the last line that was explained. */
  readonly restless: number;
  readonly by: { readonly parent: Node; readonly move: Move; readonly hidden?: Hidden } | null;
}

/** Where something does not go on: a line, and what the specification has there instead. */
export interface Blocked {
  readonly line: number;
  readonly reason: string;
  readonly fields: readonly FieldDifference[];
  readonly node: Node;
  /** The step that would have said something else. */
  readonly move: Move | null;
}

export interface Found {
  readonly verdict: 'accepted' | 'rejected' | 'inconclusive';
  readonly bound: string | null;
  readonly best: Node;
  /** By server: the nearest thing to an explanation of its next line. */
  readonly blocked: ReadonlyMap<Sid, Blocked>;
  /** How many states explain as much as the best. */
  readonly candidates: number;
  readonly steps: number;
}

/** Guesses in a row that leave no line at all: an ensemble alone could go on for ever. */
const MOST_RESTLESS = 5;

/** Of what is guessed, what could go on for ever. */
const COUNTED: readonly string[] = ['lead', 'timeout', 'cut', 'request'];

/** As detours, the way to a state in which a write is lost. */
const FAR = 8;

/** The payload of a write that no line tells of: it equals none that one does. */
const NO_PAYLOAD = '\u0001';

const NEW_READER: Reader = { at: 0, life: 0, seen: {}, unseen: {}, known: { deliver: 0, answer: 0 } };

const without = <T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> => {
  const { [key]: _, ...rest } = record;
  return rest;
};

const isRepeat = ({ known }: Reader, line: LogEvent): boolean =>
  (line.event === 'deliver' || line.event === 'answer') && (line.txn.zxid ?? 0) <= known[line.event];

/** What differs between what a line shows and what happened, of a transaction by its own fields. */
const fieldsOf = (shown: LogEvent, own: LogEvent): readonly FieldDifference[] =>
  'txn' in shown && 'txn' in own ? misfits(shown.txn, own.txn) : misfits(contentOf(shown), contentOf(own));

const stateFields = (line: Extract<LogEvent, { event: 'state' }>, ensemble: Ensemble, state: State) => {
  const server = serverIn(ensemble, state, line.server) ?? { state: 'DOWN' };
  return [
    ...(line.state === undefined ? [] : misfits(line.state, server)),
    ...(line.disk === undefined
      ? []
      : misfits(line.disk, shownDisk(diskIn(ensemble, state, line.server)), 'disk')),
  ];
};

export class Search {
  readonly #ensemble: Ensemble;
  readonly #lines: Lines;
  readonly #events: readonly LogEvent[];
  /** What was reached, and with how few guesses where these are bounded: with fewer it may go further. */
  readonly #known = new Map<string, number>();
  /** By lines explained, then by detours: the newest last. */
  readonly #waiting: Node[][] = [];
  #best: Node;
  #candidates = 0;
  #blocked = new Map<Sid, Blocked>();
  #isRestless = false;
  #steps = 0;
  readonly #payloads: readonly (number | string)[];
  readonly #groups: readonly Move['group'][];
  /** What lines tell of writes by their numbers. */
  readonly #numbered = new Map<Zxid, number | string | undefined>();

  constructor(
    readonly log: Log,
    config: Config,
    readonly hidden: readonly Hidden[],
    readonly maxSteps: number,
  ) {
    this.#lines = new Lines(log);
    this.#events = log.events;
    const down = new Map<Sid, Partial<Durable>>();
    for (const sid of this.#lines.sids) {
      const first = log.events[this.#lines.of(sid)[0]!]!;
      if (first.event === 'boot') down.set(sid, (first.disk ?? {}) as Partial<Durable>);
    }
    this.#ensemble = ensembleOf(config, down);
    this.#payloads = payloadsIn(log.events);
    for (const event of log.events)
      if ((event.event === 'deliver' || event.event === 'answer') && event.txn.zxid !== undefined)
        this.#numbered.set(event.txn.zxid, event.txn.payload);
    // A write that is durable soon keeps nothing waiting.
    const { groups } = this.#ensemble.model;
    const isFlush = ({ name }: Move['group']): boolean => name.startsWith('flush');
    this.#groups = [...groups.filter(isFlush), ...groups.filter((group) => !isFlush(group))];
    const readers = Object.fromEntries(
      [...config.voters, ...config.observers].map((sid) => [sid, NEW_READER]),
    );
    const state = initialState(this.#ensemble.model);
    this.#best = { state, readers, explained: 0, asked: [], guesses: 0, detours: 0, restless: 0, by: null };
  }

  get ensemble(): Ensemble {
    return this.#ensemble;
  }

  run(): Found {
    this.#add(this.#best);
    for (let node = this.#next(); node !== undefined; node = this.#next()) {
      if (node.explained === this.#events.length) return this.#found('accepted', node);
      if (this.#steps >= this.maxSteps) return this.#found('inconclusive', this.#best, 'max-steps');
      this.#expand(node);
    }
    return this.#isRestless
      ? this.#found('inconclusive', this.#best, 'guesses that leave no line')
      : this.#found('rejected', this.#best);
  }

  #found(verdict: Found['verdict'], best: Node, bound: string | null = null): Found {
    const blocked = verdict === 'accepted' ? new Map<Sid, Blocked>() : this.#whatBlocks();
    return { verdict, bound, best, blocked, candidates: this.#candidates, steps: this.#steps };
  }

  // --- nodes

  #next(): Node | undefined {
    return this.#waiting.find((stack) => stack !== undefined && stack.length > 0)?.pop();
  }

  #add(raw: Node): void {
    const node = this.#settle(raw);
    const { state, readers, asked } = node;
    const { hi, lo } = hash64(encode([state, readers, asked]));
    const key = `${hi}.${lo}`;
    const guesses = this.log.header.guesses === undefined ? 0 : node.guesses;
    const known = this.#known.get(key);
    if (known !== undefined && known <= guesses) return;
    this.#known.set(key, guesses);
    if (node.explained > this.#best.explained) {
      this.#best = node;
      this.#candidates = 0;
      this.#blocked = new Map();
    }
    if (node.explained === this.#best.explained && known === undefined) this.#candidates++;
    // A line that is explained is worth two detours.
    const cost = node.detours + 2 * (this.#events.length - node.explained);
    while (this.#waiting.length <= cost) this.#waiting.push([]);
    this.#waiting[cost]!.push(node);
  }

  // --- lines

  /** The line of a server that is to be explained next, if it is its turn. */
  #front(readers: Node['readers'], sid: Sid): number | undefined {
    const mine = this.#lines.of(sid)[readers[sid]!.at];
    if (mine === undefined || this.log.header.order !== 'total') return mine;
    const isFirst = this.#lines.sids.every(
      (other) => (this.#lines.of(other)[readers[other]!.at] ?? mine) >= mine,
    );
    return isFirst ? mine : undefined;
  }

  #pass(node: Node, sid: Sid, reader: Partial<Reader>): Node {
    const now = node.readers[sid]!;
    const next: Reader = { ...now, ...reader, at: now.at + 1 };
    return {
      ...node,
      readers: { ...node.readers, [sid]: next },
      explained: node.explained + 1,
      restless: 0,
    };
  }

  /** Passes every line that is explained as things stand; to wait with it would make no difference. */
  #settle(from: Node): Node {
    let node = from;
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      for (const sid of this.#lines.sids) {
        const at = this.#front(node.readers, sid);
        const next = at === undefined ? null : this.#passes(node, this.#events[at]!);
        if (next === null) continue;
        node = next;
        isMoving = true;
      }
    }
    return node;
  }

  #passes(node: Node, line: LogEvent): Node | null {
    const sid = line.server;
    const reader = node.readers[sid]!;
    const channel = channelOf(line);
    if (channel !== null) {
      const queue = reader.unseen[channel] ?? [];
      const [first, ...rest] = queue;
      if (first === undefined || !fits(contentOf(line), contentOf(first))) return null;
      const { known } = reader;
      const zxid = 'txn' in first ? (first.txn.zxid ?? 0) : 0;
      return this.#pass(node, sid, {
        seen: { ...reader.seen, [channel]: (reader.seen[channel] ?? 0) + 1 },
        unseen: rest.length > 0 ? { ...reader.unseen, [channel]: rest } : without(reader.unseen, channel),
        ...((line.event === 'deliver' || line.event === 'answer') && {
          known: { ...known, [line.event]: Math.max(known[line.event], zxid) },
        }),
      });
    }
    if (line.event === 'state')
      return stateFields(line, this.#ensemble, node.state).length === 0 ? this.#pass(node, sid, {}) : null;
    if (line.event === 'quiet') {
      const owes = Object.keys(reader.unseen).length > 0;
      const writes =
        this.hidden.includes('flush') && diskIn(this.#ensemble, node.state, sid).pending.length > 0;
      return owes || writes ? null : this.#pass(node, sid, {});
    }
    // What is no event to this server: a PING says nothing, and who elects is the oracle.
    const isIdle = line.event === 'timer' && (line.timer !== 'Timeout' || !this.#mayTimeOut(node, sid));
    return isIdle || line.event === 'reconnected' ? this.#pass(node, sid, {}) : null;
  }

  #mayTimeOut({ state }: Node, sid: Sid): boolean {
    const server = serverIn(this.#ensemble, state, sid);
    return server !== null && server.state !== 'LOOKING';
  }

  // --- steps

  #expand(node: Node): void {
    const found: Node[] = [];
    for (const group of this.#groups) {
      const kind = group.name.split(' ', 1)[0]!;
      const sid = Number(/\d+/.exec(group.name)![0]);
      for (const payload of this.#payloadsFor(node, kind, sid)) {
        for (const move of this.#moves(node, group, payload)) {
          this.#steps++;
          const next = this.#take(node, move, kind, sid);
          if (next !== null) found.push(next);
        }
      }
    }
    // What is not guessed comes first, and the first is taken next, so it has to lie on top.
    const ordered = [
      ...found.filter(({ guesses }) => guesses === node.guesses),
      ...found.filter(({ guesses }) => guesses > node.guesses),
    ].map((next, i) => {
      const isGuess = next.guesses > node.guesses;
      const isDetour = i > 0 ? 1 : 0;
      return { ...next, detours: node.detours + isDetour + (isGuess ? 1 : 0) + this.#loses(next) };
    });
    for (const next of ordered.reverse()) this.#add(next);
  }

  /** A write that takes the number of another one, which lines tell of, has to be lost again; that is a long way. */
  #loses({ by }: Node): number {
    for (const { before, taken } of by!.move.happenings) {
      const { server } = taken;
      const newest = server.history.entries.at(-1);
      if (server.state !== 'LEADING' || newest === undefined || before === null) continue;
      if (before.history.entries.length >= server.history.entries.length) continue;
      const shown = this.#numbered.get(newest.zxid);
      if (shown !== undefined && shown !== newest.payload) return FAR;
    }
    return 0;
  }

  /** An event that cannot happen in a state leads nowhere. */
  #moves(node: Node, group: Move['group'], payload: number | string): readonly Move[] {
    try {
      return movesBy(this.#ensemble, node.state, group, payload);
    } catch {
      return [];
    }
  }

  /** What a client may ask for: what the line says, or something that a later line tells of, or what none does. */
  #payloadsFor(node: Node, kind: string, sid: Sid): readonly (number | string)[] {
    if (kind !== 'request') return [0];
    if (this.#lines.records(sid, 'request')) {
      const line = this.#lineAt(node, sid);
      return line?.event === 'request' ? [line.payload] : [];
    }
    return [...this.#payloads.filter((payload) => !node.asked.includes(payload)), NO_PAYLOAD];
  }

  #lineAt(node: Node, sid: Sid): LogEvent | undefined {
    const at = this.#front(node.readers, sid);
    return at === undefined ? undefined : this.#events[at];
  }

  /** The next node, if the log has what a move leaves in it, or the move may be guessed. */
  #take(node: Node, move: Move, kind: string, sid: Sid): Node | null {
    const input = this.#input(node, move, kind, sid);
    if (input === null) return null;
    const guessed = COUNTED.includes(kind) && input.hidden !== undefined;
    const restless = node.restless + (guessed ? 1 : 0);
    const guesses = node.guesses + (guessed ? 1 : 0);
    const most = this.log.header.guesses ?? Number.POSITIVE_INFINITY;
    if (guesses > most) return null;
    if (restless > MOST_RESTLESS) {
      this.#isRestless = true;
      return null;
    }
    const from: Node = {
      ...input.node,
      state: move.state,
      asked: input.hidden === 'request' ? withAsked(node.asked, move) : node.asked,
      guesses,
      restless: input.node.explained > node.explained ? 0 : restless,
      by: { parent: node, move, ...(input.hidden && { hidden: input.hidden }) },
    };
    return move.happenings.reduce<Node | null>(
      (now, happening) => now && this.#writes(now, happening, node, move),
      from,
    );
  }

  /** With the line of the input passed, where it is recorded; else what kind of guess it is. */
  #input(node: Node, move: Move, kind: string, sid: Sid): { node: Node; hidden?: Hidden } | null {
    const line = this.#lineAt(node, sid);
    const passed = (is: boolean, reader: Partial<Reader> = {}) =>
      is ? { node: this.#pass(node, sid, reader) } : null;
    const guess = (hidden: Hidden) => (this.hidden.includes(hidden) ? { node, hidden } : null);
    switch (kind) {
      case 'crash':
        return passed(line?.event === 'crash');
      case 'restart': {
        if (line?.event !== 'boot') return null;
        const disk = diskIn(this.#ensemble, node.state, sid);
        const fields = line.disk === undefined ? [] : diskMisfits(line.disk as never, disk);
        if (fields.length > 0) {
          this.#note(node, 'the disk holds something else', fields, null, this.#front(node.readers, sid)!);
          return null;
        }
        const { life, known } = node.readers[sid]!;
        // Whoever waited for an answer before has gone.
        const answer = Math.max(known.answer, lastZxid(move.happenings[0]!.disk!.history));
        return passed(true, { life: life + 1, seen: {}, unseen: {}, known: { ...known, answer } });
      }
      case 'request':
        return this.#lines.records(sid, 'request') ? passed(line?.event === 'request') : guess('request');
      case 'timeout':
        return this.#lines.records(sid, 'timer')
          ? passed(line?.event === 'timer' && line.timer === 'Timeout')
          : guess('timeout');
      case 'flush':
        if (!this.#lines.records(sid, 'flushed')) return guess('flush');
        return passed(
          line?.event === 'flushed' &&
            fits(line.operation, diskIn(this.#ensemble, node.state, sid).pending[0]),
        );
      case 'main':
      case 'commit':
        return guess('turn');
      case 'lead':
      case 'follow':
        return guess('elected');
      // A link that breaks is a timeout that nobody waits for.
      case 'cut':
        return guess('timeout');
      default:
        return { node };
    }
  }

  /** What a step leaves to be written down; null where the log goes on to show something else. */
  #writes(node: Node, { sid, event, taken, disk }: Happening, before: Node, move: Move): Node | null {
    const lines = linesOfStep(event, taken, disk);
    let reader = node.readers[sid]!;
    for (const line of lines) {
      const channel = channelOf(line);
      if (channel === null || !this.#lines.records(sid, line.event)) continue;
      const queue = reader.unseen[channel] ?? [];
      const at = this.#lines.shown(sid, reader.life, channel, (reader.seen[channel] ?? 0) + queue.length);
      // Behind the last one of a life: it may be unwritten.
      if (at === undefined) continue;
      const [shown, own] = [contentOf(this.#events[at]!), contentOf(line)];
      if (!fits(shown, own)) {
        if (isRepeat(reader, line)) continue;
        this.#note(
          before,
          'the specification says something else here',
          fieldsOf(this.#events[at]!, line),
          move,
          at,
        );
        return null;
      }
      reader = { ...reader, unseen: { ...reader.unseen, [channel]: [...queue, line] } };
    }
    return { ...node, readers: { ...node.readers, [sid]: reader } };
  }

  // --- what blocks

  #note(
    node: Node,
    reason: string,
    fields: readonly FieldDifference[],
    move: Move | null,
    line: number,
  ): void {
    if (node.explained < this.#best.explained) return;
    const sid = this.#events[line]!.server;
    const known = this.#blocked.get(sid);
    const isNearer =
      known === undefined ||
      line < known.line ||
      (line === known.line && fields.length < known.fields.length);
    if (isNearer) this.#blocked.set(sid, { line, reason, fields, node, move });
  }

  /** The next line of each server whose turn it is, and what is known of why nothing explains it. */
  #whatBlocks(): ReadonlyMap<Sid, Blocked> {
    const node = this.#best;
    const found = new Map<Sid, Blocked>();
    for (const sid of this.#lines.sids) {
      const line = this.#front(node.readers, sid);
      if (line === undefined) continue;
      const event = this.#events[line]!;
      const known = this.#blocked.get(sid);
      const fields = event.event === 'state' ? stateFields(event, this.#ensemble, node.state) : [];
      const reason = event.event === 'state' ? 'the specification is in another state' : REASONS[event.event];
      found.set(
        sid,
        known?.line === line
          ? known
          : {
              line,
              reason: reason ?? 'the specification does nothing of the kind here',
              fields,
              node,
              move: null,
            },
      );
    }
    return found;
  }
}

const REASONS: Readonly<Partial<Record<LogEvent['event'], string>>> = {
  request: 'no state that is reached takes a request here',
  boot: 'the server is up already',
  crash: 'the server is down already',
  flushed: 'no write like this is the oldest one that is pending',
};

/** Payloads that lines tell of, each once. */
const payloadsIn = (events: readonly LogEvent[]): readonly (number | string)[] => {
  const txns = events.flatMap((event) => {
    if (event.event === 'deliver' || event.event === 'answer') return [event.txn];
    return event.event === 'state' ? (event.state?.history?.entries ?? []) : [];
  });
  return [...new Set(txns.flatMap(({ payload }) => (payload === undefined ? [] : [payload])))];
};

const withAsked = (asked: Node['asked'], { happenings }: Move): Node['asked'] => {
  const [first] = happenings;
  if (first?.event?.type !== 'Request') return asked;
  const { payload } = first.event.request;
  return payload === NO_PAYLOAD ? asked : [...asked, payload].sort();
};
