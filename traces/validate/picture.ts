/**
 * A log as a picture, for the page of a run: a lane for each server, an arrow for each message. What a lane shows is the
 * state of one run of the specification that explains the lines so far.
 */
import type { LaneView } from '../../checker/drawing.js';
import type { Disk } from '../../spec/disk.js';
import { zab } from '../../checker/zab/index.js';
import type { LogEvent } from '../format/log.js';
import type { Candidate } from '../judge/candidate.js';
import { durableOf } from '../judge/candidate.js';
import type { Move } from '../moves.js';
import type { ChannelMove, Picture, PictureStep } from '../picture.js';
import { validate } from '../validate.js';
import type { LogSubject } from './subject.js';

const DOWN: LaneView = { state: 'down', short: 'down', down: true };

type Channel = { readonly slot: string; readonly from: number; readonly to: number };

/** Messages on their way, by channel; each as its text. */
class Channels {
  readonly all: Channel[] = [];
  readonly #queues: string[][] = [];

  constructor(readonly sids: readonly number[]) {
    for (const kind of ['link', 'election'])
      for (const from of sids)
        for (const to of sids)
          if (from !== to) {
            this.all.push({ slot: `${kind} ${from}-${to}`, from: sids.indexOf(from), to: sids.indexOf(to) });
            this.#queues.push([]);
          }
  }

  #move(slot: string, move: (queue: string[]) => Move[]): readonly ChannelMove[] {
    const channel = this.all.findIndex((one) => one.slot === slot);
    const moves = channel < 0 ? [] : move(this.#queues[channel]!);
    return moves.length === 0 ? [] : [{ channel, moves }];
  }

  send(slot: string, text: string): readonly ChannelMove[] {
    return this.#move(slot, (queue) => {
      queue.push(text);
      return [{ move: 'send', at: queue.length - 1, text }];
    });
  }

  /** What stands in front of it was lost. */
  receive(slot: string, text: string): readonly ChannelMove[] {
    return this.#move(slot, (queue) => {
      const at = queue.indexOf(text);
      if (at < 0) return [];
      queue.splice(0, at + 1);
      return [
        ...Array.from({ length: at }, (_, i): Move => ({ move: 'lose', at: i })),
        { move: 'receive', at },
      ];
    });
  }

  drop(slot: string): readonly ChannelMove[] {
    return this.#move(slot, (queue) => queue.splice(0).map((_, at): Move => ({ move: 'lose', at })));
  }
}

const drawing = (sids: readonly number[], observers: number) => {
  const config = zab.schema.parse({ servers: sids.length - observers, observers });
  return zab.draw!(zab.build(config));
};

const movesOf = (
  channels: Channels,
  event: LogEvent,
  describe: (message: unknown) => string,
): readonly ChannelMove[] => {
  const { server } = event;
  switch (event.event) {
    case 'send':
      return channels.send(`link ${server}-${event.to}`, describe(event.message));
    case 'receive':
      return channels.receive(`link ${event.from}-${server}`, describe(event.message));
    case 'notify':
      return channels.send(`election ${server}-${event.to}`, describe(event.notification));
    case 'notified':
      return channels.receive(`election ${event.from}-${server}`, describe(event.notification));
    case 'closed':
      return channels.drop(`link ${event.peer}-${server}`);
    default:
      return [];
  }
};

/** A message of which only a part was recorded has no more to say than its type. */
const careful =
  (describe: (message: unknown) => string) =>
  (message: unknown): string => {
    try {
      const text = describe(message);
      return /undefined|NaN/.test(text) ? String((message as { type?: string }).type ?? 'vote') : text;
    } catch {
      return String((message as { type?: string }).type ?? 'vote');
    }
  };

/** @param until how many lines to show */
export const pictureOfLog = ({ log }: LogSubject, until: number, maxSteps?: number): Picture => {
  const { voters, observers } = log.header;
  const sids = [...voters, ...observers];
  const draw = drawing(sids, observers.length);
  const channels = new Channels(sids);
  const describe = careful(draw.describe);
  const states = new Map<number, Candidate>();
  validate(log, {
    maxSteps,
    onLine: (index, candidate) => {
      if (candidate !== null) states.set(index, candidate);
    },
  });
  const viewOf = (sid: number, { server, written, pending }: Candidate): LaneView => {
    const disk: Disk = { ...durableOf(written), pending };
    // The drawing numbers servers from 1, voters first, as its model does.
    const number = sids.indexOf(sid) + 1;
    const { name } = draw.lanes[number - 1]!;
    return draw.view(name, { [`server ${number}`]: server, [`disk ${number}`]: disk });
  };
  const steps = log.events.slice(0, until).map((event, i): PictureStep => {
    const { event: name, source: _, ...fields } = event;
    const lane = sids.indexOf(event.server);
    const candidate = states.get(i);
    return {
      action: { name, ...fields },
      changed: {},
      lanes: [lane],
      views: candidate ? { [lane]: viewOf(event.server, candidate) } : {},
      moves: movesOf(channels, event, describe),
    };
  });
  return {
    lanes: sids.map((sid) => ({
      name: `${voters.includes(sid) ? 'server' : 'observer'} ${sid}`,
      short: `${voters.includes(sid) ? 'S' : 'O'}${sid}`,
    })),
    channels: channels.all,
    initial: {},
    start: { views: sids.map(() => DOWN), moves: [] },
    steps,
  };
};
