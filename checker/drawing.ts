/**
 * How a model wants to be drawn, if it says: lanes along which time runs, what each of them shows in a state, and the
 * slots whose contents are messages on their way from one lane to another. Nothing of this is asked during a search. A
 * model that says nothing is drawn all the same: every slot is a lane, and what looks like a queue is a channel.
 */
import type { Action, Model, Slot } from './model.js';

/** A state by the names of its slots. */
export type Components = Readonly<Record<string, unknown>>;

export interface Lane {
  readonly name: string;
  /** For where there is little room. */
  readonly short: string;
}

export interface LogEntry {
  readonly label: string;
  readonly epoch: number;
  readonly committed: boolean;
  /** Whether it would be there after a crash. */
  readonly durable: boolean;
}

/** What a lane shows in a state. */
export interface LaneView {
  /** In a word: LEADING. */
  readonly state: string;
  readonly short: string;
  /** What there is to say beyond that. */
  readonly detail?: string;
  /** Down: nothing happens here until it restarts. */
  readonly down?: boolean;
  /** The epoch that it takes part in. */
  readonly epoch?: number;
  /** Whether it has arrived in that epoch, or is only on the way into it. */
  readonly settled?: boolean;
  readonly log?: readonly LogEntry[];
}

/** A slot that holds messages. Ends that are absent are those lanes that put messages in and take them out. */
export interface Channel {
  readonly slot: string;
  readonly from?: string;
  readonly to?: string;
}

export interface Drawing {
  readonly lanes: readonly Lane[];
  readonly channels: readonly Channel[];
  readonly view: (lane: string, state: Components) => LaneView;
  /** What is in a channel, oldest first. */
  readonly messages: (component: unknown) => readonly unknown[];
  /** A message in a few words. */
  readonly describe: (message: unknown) => string;
  /** The lanes at which the action is an event, the acting one first. */
  readonly lanesOf: (action: Action, before: Components, after: Components) => readonly string[];
  /** Whether the action takes a message out of this channel to deliver it, or delivers it and leaves it there. */
  readonly delivers: (action: Action, channel: Channel) => 'takes' | 'copies' | undefined;
}

const CHANNEL = /^(messages?|msgs|requests?|replies|queue|channel|link|inbox)\b/i;

const isChannel = ({ name, kind, initial }: Slot<any, any>): boolean =>
  Array.isArray(initial) && (CHANNEL.test(kind.name) || CHANNEL.test(name));

/** The numbers in a name: of `messages 0 to 1`, 0 and 1. */
const numbersIn = (name: string): readonly string[] => name.match(/\d+/g) ?? [];

const textOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Array.isArray(value)
    ? value.map(textOf)
    : Object.entries(value)
        .filter(([, field]) => field !== null && field !== false && String(field) !== '')
        .map(([key, field]) => (typeof field === 'string' ? field : `${key} ${textOf(field)}`));
  return parts.join(' ');
};

const MOST_WORDS = 60;
const clip = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** Says something first that names itself: its type, its state. */
const headline = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  const { state, status, type } = value as Readonly<Record<string, unknown>>;
  const word = [state, status, type].find((field) => typeof field === 'string');
  return typeof word === 'string' ? word : clip(textOf(value), MOST_WORDS) || 'empty';
};

/** A lane, and the slots that it shows: one as a rule, several where a process has several variables. */
interface Row extends Lane {
  readonly slots: readonly string[];
  /** The number of the process, if the lane is one. */
  readonly process?: string;
}

const rowOf = ({ name }: Slot<any, any>): Row => ({
  name,
  short: clip(name.replace(/[a-z]{4,} /i, ''), 6),
  slots: [name],
});

/**
 * Where several variables have the number of the same process (`role[1]`, `log[1]`), the processes are the lanes, and what
 * has no number is no lane. Otherwise every slot is one.
 */
const rowsOf = (slots: readonly Slot<any, any>[]): readonly Row[] => {
  const processes = new Map<string, string[]>();
  for (const { name } of slots) {
    const [number, ...more] = numbersIn(name);
    if (number === undefined || more.length > 0) continue;
    processes.set(number, [...(processes.get(number) ?? []), name]);
  }
  if (![...processes.values()].some((names) => names.length > 1)) return slots.map(rowOf);
  return [...processes].map(([number, names]) => ({
    name: `process ${number}`,
    short: number,
    slots: names,
    process: number,
  }));
};

/** Names of lanes are matched with what an action says: `rm=1` with rm1, `server=0` with `server 0`. */
const isNamedBy = ({ name, process }: Row, action: Action): boolean => {
  const fields = Object.entries(action);
  if (process !== undefined)
    return String(fields.find(([, value]) => typeof value === 'number')?.[1]) === process;
  return fields.some(([field, value]) =>
    [`${field}${value}`, `${field} ${value}`, `${field}[${value}]`].includes(name),
  );
};

const viewOf = ({ slots }: Row, components: Components): LaneView => {
  const state = headline(components[slots[0]!]);
  const whole = clip(slots.map((slot) => textOf(components[slot])).join('; '), MOST_WORDS);
  return {
    state: clip(state, 24),
    short: clip(state, 10),
    ...(whole !== state && whole !== '' && { detail: whole }),
  };
};

/** The lane that a number in a channel's name stands for. */
const endOf = (rows: readonly Row[], number: string | undefined): string | undefined =>
  rows.find(({ name }) => {
    const numbers = numbersIn(name);
    return numbers.length === 1 && numbers[0] === number;
  })?.name;

const channelOf = (rows: readonly Row[], { name }: Slot<any, any>): Channel => {
  const numbers = numbersIn(name);
  const [from, to] = numbers.length === 2 ? numbers.map((number) => endOf(rows, number)) : [];
  return { slot: name, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
};

const unchanged = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** For a model that does not say how it is to be drawn. */
export const genericDrawing = (model: Model): Drawing => {
  const rows = rowsOf(model.slots.filter((slot) => !isChannel(slot)));
  return {
    lanes: rows.map(({ name, short }) => ({ name, short })),
    channels: model.slots.filter(isChannel).map((slot) => channelOf(rows, slot)),
    view: (lane, state) => viewOf(rows.find(({ name }) => name === lane)!, state),
    messages: (component) => (Array.isArray(component) ? component : []),
    describe: (message) => clip(textOf(message), 24),
    lanesOf: (action, before, after) => {
      const named = rows.filter((row) => isNamedBy(row, action));
      const changed = rows.filter(({ slots }) => slots.some((slot) => !unchanged(before[slot], after[slot])));
      return [...new Set([...named, ...changed])].map(({ name }) => name);
    },
    delivers: () => 'takes',
  };
};
