/**
 * One step of the reducer taken from a candidate: what it asks for goes to the disk, to the links that the server knows,
 * and to the channels that are watched. An event that cannot happen in that state leads nowhere, and says so.
 */
import type { Config } from '../../spec/config.js';
import { boot as bootServer, step } from '../../spec/reducer.js';
import type { Effect, Event, Step } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import type { Hidden, Recorded } from '../format/log.js';
import type { Contradicted, Contradiction, Foresight } from './foresight.js';
import { fits, misfits } from './match.js';
import { type Durable, recover } from '../../spec/disk.js';
import { lastZxid } from '../../spec/history.js';
import {
  type By,
  type Candidate,
  durableOf,
  electionChannel,
  linkChannel,
  type Produced,
  producedOn,
  withProduced,
  writeTo,
  writtenOn,
} from './candidate.js';

export type { Recorded };

export interface World {
  readonly config: Config;
  readonly sid: Sid;
  readonly records: readonly Recorded[];
  readonly foresight: Foresight;
  /** The line that is to be explained next, as the foresight knows it. */
  readonly here: unknown;
}

/** The event cannot happen here, or leads to what the log contradicts; why, in words. */
export interface Impossible {
  readonly impossible: string;
  readonly contradicted?: Contradicted;
}

export const isImpossible = <T extends object>(result: T | Impossible): result is Impossible =>
  'impossible' in result;

/** The reducer throws for what cannot be: here that is an answer, not a failure. */
const attempt = (take: () => Step): Step | Impossible => {
  try {
    return take();
  } catch (error) {
    return { impossible: error instanceof Error ? error.message.split('\n')[0]! : String(error) };
  }
};

const push = (candidate: Candidate, channel: string, output: Produced): Candidate => ({
  ...candidate,
  produced: withProduced(candidate.produced, channel, [...producedOn(candidate, channel), output]),
});

/** On a link that is open at this end. What comes behind the last output that the log shows of it, nobody asks for. */
const pushOn = ({ foresight }: World, candidate: Candidate, peer: Sid, output: Produced): Candidate => {
  const link = candidate.links[peer];
  if (!link?.open) return candidate;
  const shown = foresight.outputs.get(linkChannel(peer, link.index))?.length ?? 0;
  if (foresight.isWhole && link.sent >= shown) return candidate;
  const links = { ...candidate.links, [peer]: { ...link, sent: link.sent + 1 } };
  return push({ ...candidate, links }, linkChannel(peer, link.index), output);
};

/** The first output of a step that is not what the log goes on to show. */
const contradicted = (
  { foresight, records }: World,
  before: Candidate,
  effects: readonly Effect[],
): Contradiction | null => {
  const sent: Record<Sid, number> = {};
  for (const effect of effects) {
    const peer = effect.type === 'send' ? effect.to : effect.type === 'close' ? effect.peer : null;
    if (peer === null || (effect.type === 'close' && !records.includes('closes'))) continue;
    const link = before.links[peer];
    if (!link?.open) continue;
    const at = link.sent + (sent[peer] ?? 0);
    sent[peer] = (sent[peer] ?? 0) + 1;
    const foreseen = foresight.outputs.get(linkChannel(peer, link.index))?.[at];
    if (foreseen === undefined) continue;
    const expected = effect.type === 'send' ? effect.message : { type: 'close' };
    const found = foreseen.output.type === 'send' ? foreseen.output.message : { type: 'close' };
    if (!fits(found, expected))
      return { peer, source: foreseen.source, found: foreseen.output, fields: misfits(found, expected) };
  }
  return null;
};

const close = (world: World, candidate: Candidate, peer: Sid): Candidate => {
  const { records } = world;
  const told = records.includes('closes') ? pushOn(world, candidate, peer, { type: 'close' }) : candidate;
  const link = told.links[peer];
  return link?.open ? { ...told, links: { ...told.links, [peer]: { ...link, open: false } } } : told;
};

const carryEffect = (world: World, candidate: Candidate, effect: Effect): Candidate => {
  const { records, foresight, here } = world;
  switch (effect.type) {
    case 'send':
      return records.includes('links')
        ? pushOn(world, candidate, effect.to, { type: 'send', message: effect.message })
        : candidate;
    case 'notify':
      return records.includes('election') && foresight.tells(here, 'from', effect.to, effect.notification)
        ? push(candidate, electionChannel(effect.to), { type: 'notify', notification: effect.notification })
        : candidate;
    case 'close':
      return close(world, candidate, effect.peer);
    case 'persist':
      return { ...candidate, pending: [...candidate.pending, effect.operation] };
    case 'readLog':
      return { ...candidate, reads: [...candidate.reads, { peer: effect.peer, after: effect.after }] };
    case 'deliver':
    case 'answer':
      return records.includes(effect.type)
        ? push(candidate, effect.type, { type: effect.type, txn: effect.txn })
        : candidate;
    case 'observe':
      return candidate;
  }
};

/** A link is over at this end while the log goes on to show more on it: the step did not happen yet. */
const endsEarly = ({ foresight, records }: World, before: Candidate, after: Candidate): boolean => {
  if (!records.includes('links') || records.includes('closes')) return false;
  for (const sid in after.links) {
    const [link, was] = [after.links[sid]!, before.links[sid]];
    if (link.open || !was?.open || link.index !== was.index) continue;
    const all = foresight.outputs.get(linkChannel(Number(sid), link.index));
    if (all !== undefined && all.length > link.sent) return true;
  }
  return false;
};

const carried = (
  world: World,
  before: Candidate,
  parent: Candidate,
  event: Event | null,
  taken: Step | Impossible,
  hidden?: Hidden,
): Candidate | Impossible => {
  if (isImpossible(taken)) return taken;
  const { handler, server, effects, ignored } = taken;
  const by: By = {
    parent,
    event,
    handler,
    effects,
    ...(ignored && { ignored }),
    ...(hidden && { hidden }),
  };
  const contradiction = contradicted(world, before, effects);
  if (contradiction !== null)
    return { impossible: 'the log goes on to show something else', contradicted: { contradiction, by } };
  const next = effects.reduce<Candidate>((candidate, effect) => carryEffect(world, candidate, effect), {
    ...before,
    server,
    guesses: before.guesses + (hidden ? 1 : 0),
  });
  if (endsEarly(world, parent, next)) return { impossible: 'the log goes on to show more on a link' };
  return { ...next, by };
};

/**
 * The server sees an event.
 * @param ready the candidate as it is when the event is seen; `from`, the one that the step starts at
 */
export const see = (
  world: World,
  ready: Candidate,
  event: Event,
  hidden?: Hidden,
  from: Candidate = ready,
): Candidate | Impossible => {
  const { server } = ready;
  if (server === null) return { impossible: 'the server is down' };
  return carried(
    world,
    ready,
    from,
    event,
    attempt(() => step(world.config, server, event)),
    hidden,
  );
};

/**
 * Gone at once: what it was given and did not process is lost, what it has sent may still be seen. How far it had come
 * with its inputs is forgotten, because a new life begins behind them all; of its links, what tells a PING.
 */
export const crash = (candidate: Candidate): Candidate | Impossible => {
  if (candidate.server === null) return { impossible: 'the server is down already' };
  const links = Object.fromEntries(
    Object.entries(candidate.links)
      .filter(([, { pinged }]) => pinged)
      .map(([peer, link]) => [peer, { ...link, taken: 0, asked: 0, sent: 0, open: false }]),
  );
  return {
    ...candidate,
    server: null,
    links,
    heard: {},
    late: {},
    reads: [],
    by: { parent: candidate, event: null, handler: 'crash', effects: [] },
  };
};

/** What a disk may hold after a crash, all of what was pending first. */
export const survivors = ({ written, pending }: Candidate): readonly Durable[] =>
  Array.from({ length: pending.length + 1 }, (_, lost) =>
    durableOf(pending.slice(0, pending.length - lost).reduce(writeTo, written)),
  );

/** Comes up with this disk; what was given before is nobody's. */
export const boot = (
  world: World,
  candidate: Candidate,
  durable: Durable,
  marks: { readonly links: Readonly<Record<Sid, number>>; readonly heard: Readonly<Record<Sid, number>> },
  loaded: Durable = durable,
): Candidate | Impossible => {
  const links = Object.fromEntries(
    Object.entries(marks.links).map(([peer, count]) => [
      peer,
      { index: count - 1, taken: 0, asked: 0, open: false, sent: 0, pinged: false },
    ]),
  );
  const ready: Candidate = {
    ...candidate,
    written: writtenOn(durable),
    pending: [],
    links,
    heard: marks.heard,
    late: {},
    produced: {},
    reads: [],
    restless: 0,
  };
  const recovered = recover(loaded);
  // Whoever waited for an answer before has gone.
  const answer = Math.max(candidate.known.answer, lastZxid(recovered.history));
  const taken = attempt(() => bootServer(world.config, world.sid, recovered));
  return carried(world, { ...ready, known: { ...ready.known, answer } }, candidate, null, taken);
};
