/**
 * Whole conversations, to be read: who saw what, what it did, what became of it. Recorded in `testdata`, so that every
 * change of the protocol shows as a change of what is said. Read such a change before you accept it (`vitest -u`).
 */
import { match } from 'ts-pattern';
import { expect, test } from 'vitest';
import type { DiskOperation } from './disk.js';
import type { History } from './history.js';
import type { Message, Notification } from './messages.js';
import type { Server } from './server.js';
import type { Effect, Event, Observation, Step } from './step.js';
import { configOf, Ensemble, type EnsembleOptions, textOf } from './testing.js';

const histories = ({ floor, entries }: History): string =>
  [...(floor === 0 ? [] : [`(..${textOf(floor)}]`]), ...entries.map(({ zxid }) => textOf(zxid))].join(' ') ||
  '-';

const message = (m: Message): string =>
  match(m)
    .with(
      { type: 'PROPOSAL' },
      { type: 'INFORM' },
      ({ type, txn }) => `${type} ${textOf(txn.zxid)} ${txn.payload}`,
    )
    .with(
      { type: 'ACK' },
      { type: 'COMMIT' },
      { type: 'DIFF' },
      { type: 'TRUNC' },
      ({ type, zxid }) => `${type} ${textOf(zxid)}`,
    )
    .with({ type: 'SNAP' }, ({ zxid, history }) => `SNAP ${textOf(zxid)} of ${histories(history)}`)
    .with(
      { type: 'FOLLOWERINFO' },
      { type: 'OBSERVERINFO' },
      ({ type, acceptedEpoch }) => `${type} accepted epoch ${acceptedEpoch}`,
    )
    .with({ type: 'LEADERINFO' }, { type: 'NEWLEADER' }, ({ type, epoch }) => `${type} epoch ${epoch}`)
    .with(
      { type: 'ACKEPOCH' },
      ({ currentEpoch, lastZxid }) => `ACKEPOCH current epoch ${currentEpoch}, last ${textOf(lastZxid)}`,
    )
    .with({ type: 'REQUEST' }, ({ request }) => `REQUEST ${request.payload}`)
    .with({ type: 'UPTODATE' }, { type: 'PING' }, ({ type }) => type)
    .exhaustive();

const notification = ({ state, leader, zxid, peerEpoch, electionEpoch }: Notification): string =>
  `${state}, votes ${leader < 0 ? 'for nobody' : `${leader} at ${peerEpoch}/${textOf(zxid)}`}, round ${electionEpoch}`;

const operation = (o: DiskOperation): string =>
  match(o)
    .with({ write: 'append' }, ({ write, txn }) => `${write} ${textOf(txn.zxid)}`)
    .with({ write: 'acceptedEpoch' }, { write: 'currentEpoch' }, ({ write, epoch }) => `${write} ${epoch}`)
    .with({ write: 'truncate' }, ({ write, zxid }) => `${write} to ${textOf(zxid)}`)
    .with({ write: 'snapshot' }, ({ write, history }) => `${write} ${histories(history)}`)
    .exhaustive();

const observation = (o: Observation): string =>
  match(o)
    .with({ type: 'quorum' }, ({ of, sids }) => `quorum of ${sids.join(' ')} for ${of}`)
    .with({ type: 'established' }, ({ epoch }) => `established in epoch ${epoch}`)
    .with({ type: 'broadcast' }, ({ txn }) => `broadcasts ${textOf(txn.zxid)}`)
    .with({ type: 'answered' }, ({ zxid }) => `answered ${textOf(zxid)}`)
    .with({ type: 'synchronized' }, ({ by }) => `synchronized by ${by}`)
    .with({ type: 'unexpected' }, ({ what }) => `unexpected: ${what}`)
    .exhaustive();

const effect = (e: Effect): string =>
  match(e)
    .with({ type: 'send' }, ({ to, message: m }) => `-> ${to}: ${message(m)}`)
    .with({ type: 'notify' }, ({ to, notification: n }) => `-> ${to}: ${notification(n)}`)
    .with({ type: 'close' }, ({ peer }) => `closes ${peer}`)
    .with({ type: 'persist' }, ({ operation: o }) => `disk: ${operation(o)}`)
    .with({ type: 'readLog' }, ({ after }) => `reads the log behind ${textOf(after)}`)
    .with({ type: 'deliver' }, ({ txn }) => `delivers ${textOf(txn.zxid)}`)
    .with({ type: 'answer' }, ({ txn }) => `answers ${txn.payload}`)
    .with({ type: 'observe' }, ({ observation: o }) => `* ${observation(o)}`)
    .exhaustive();

const cause = (event: Event | null): string => {
  if (event === null) return '';
  if (event.type === 'Receive') return `${event.from}: ${message(event.message)}`;
  if (event.type === 'Notified') return `${event.from}: ${notification(event.notification)}`;
  if (event.type === 'Flushed') return `disk: ${operation(event.operation)}`;
  return event.type === 'Request' ? `${event.request.payload}` : '';
};

const outcome = (server: Server): string => {
  const role =
    server.state === 'LOOKING'
      ? `looking, round ${server.vote.electionEpoch}`
      : `${server.state} ${server.phase}`;
  const awaits = 'awaits' in server ? ` (${server.awaits})` : '';
  const epochs = `epochs ${server.acceptedEpoch}/${server.currentEpoch}`;
  return `= ${role}${awaits}, ${epochs}, history ${histories(server.history)}, committed ${textOf(server.committed)}`;
};

/** One step: the server, its handler, what it saw; then what it asked for; then its state, where that has changed. */
const lines = (before: Server | null, event: Event | null, { handler, server, effects, ignored }: Step) => [
  `${server.sid} ${handler}  ${cause(event)}`.trimEnd(),
  ...(ignored === undefined ? [] : [`    ignored: ${ignored}`]),
  ...effects.map((one) => `    ${effect(one)}`),
  ...(before !== null && outcome(before) === outcome(server) ? [] : [`    ${outcome(server)}`]),
];

const said = new Set<Message['type']>();

class Recorder extends Ensemble {
  readonly #text: string[];

  constructor(size: Parameters<typeof configOf>[0], options: EnsembleOptions = {}) {
    const text: string[] = [];
    super(configOf(size), {
      persistence: 'async',
      ...options,
      onStep: (before, event, taken) => {
        if (event?.type === 'Receive') said.add(event.message.type);
        text.push(...lines(before, event, taken));
      },
    });
    this.#text = text;
  }

  /** A heading, or what the environment does. */
  note(text: string): void {
    this.#text.push('', `--- ${text}`);
  }

  text(): string {
    return `${this.#text.join('\n')}\n`;
  }
}

test('cold start to the first commit', async () => {
  const ensemble = new Recorder({ voters: 3, election: 'fle' }, { requests: 1 });
  ensemble.note('the election, discovery and synchronization');
  ensemble.settle();
  ensemble.note('a client writes at server 1');
  ensemble.do('request 1');
  ensemble.settle();
  await expect(ensemble.text()).toMatchFileSnapshot('testdata/cold-start-to-first-commit.txt');
});

test('a leader crashes with a proposal in hand, and has to cut it off when it comes back', async () => {
  const ensemble = new Recorder({ voters: 3 }, { requests: 3 });
  const all = (...names: readonly string[]) => {
    for (const name of names) ensemble.do(name);
  };
  ensemble.note('server 3 leads epoch 1, and commits one write');
  all('elect 3-3', 'elect 1-3', 'elect 2-3');
  ensemble.settle();
  ensemble.do('request 3');
  ensemble.settle();
  ensemble.note('the next write reaches no disk but its own; it crashes');
  all('request 3', 'flush 3', 'crash 3 keeps 0');
  ensemble.cut(1, 3);
  ensemble.cut(2, 3);
  all('closed 3-1', 'closed 3-2');
  ensemble.note('server 2 leads epoch 2 without it');
  all('elect 2-2', 'elect 1-2');
  ensemble.settle();
  ensemble.note('server 3 comes back as a follower');
  all('restart 3', 'elect 3-2');
  ensemble.settle();
  ensemble.note('what is written next follows on what was committed');
  ensemble.do('request 2');
  ensemble.settle();
  await expect(ensemble.text()).toMatchFileSnapshot('testdata/leader-crash-with-trunc.txt');
});

test('an observer joins, and serves', async () => {
  const ensemble = new Recorder({ voters: 1, observers: 1 }, { requests: 3 });
  ensemble.note('server 1 is a quorum by itself, and commits two writes');
  ensemble.do('elect 1-1');
  while (ensemble.servers[1]!.acceptedEpoch !== ensemble.servers[1]!.currentEpoch) ensemble.do('flush 1');
  ensemble.do('flush 1');
  for (const _ of [1, 2]) {
    ensemble.do('request 1');
    ensemble.do('flush 1');
  }
  ensemble.note('the observer joins');
  ensemble.do('elect 2-1');
  ensemble.settle();
  ensemble.note('a client writes at the observer');
  ensemble.do('request 2');
  ensemble.settle();
  ensemble.note('half a tick passes, then the link breaks');
  ensemble.do('tick 1');
  ensemble.settle();
  ensemble.do('cut 1-2');
  ensemble.do('closed 1-2');
  ensemble.do('closed 2-1');
  await expect(ensemble.text()).toMatchFileSnapshot('testdata/observer-joins.txt');
});

test('between them the transcripts show every message', () => {
  const all: Record<Message['type'], true> = {
    ...{ FOLLOWERINFO: true, OBSERVERINFO: true, LEADERINFO: true, ACKEPOCH: true },
    ...{ DIFF: true, TRUNC: true, SNAP: true, NEWLEADER: true, UPTODATE: true },
    ...{ PROPOSAL: true, ACK: true, COMMIT: true, INFORM: true, REQUEST: true, PING: true },
  };
  expect([...said].sort()).toEqual(Object.keys(all).sort());
});
