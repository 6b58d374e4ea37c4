/**
 * How a scenario ends: who leads in which epoch, what became of the write in question, what its client was told, and how
 * the server that had been away was brought up to date. Of a named scenario of the specification the end is read off its
 * run in the corpus, so that the real servers are held against that and not against a table.
 */
import { makeZxid, type Sid } from '../../../spec/zxid.js';
import { readTraceFile } from '../../file.js';
import { traceFileNamed } from '../../corpus.js';

export type Sync = 'DIFF' | 'TRUNC' | 'SNAP';

export interface Outcome {
  readonly leader: Sid;
  readonly epoch: number;
  /** Of the write in question, on every server. */
  readonly write?: 'survives' | 'gone';
  readonly client?: 'OK' | 'CONNLOSS';
  readonly rejoins?: Sync;
}

interface ServerState {
  readonly state: string;
  readonly currentEpoch: number;
  readonly committed: number;
  readonly history: { readonly entries: readonly { readonly zxid: number }[] };
}

const SYNC = /Process(DIFF|TRUNC|SNAP)$/;
/** In those runs 1:1 is committed everywhere, server 3 leads, and the write in question comes next. */
const OLD_LEADER = 3;
const WRITE = makeZxid(1, 2);

/** @throws if the corpus has no such run, or it does not end under a leader: a defect of this program */
export const outcomeOf = (name: string): Outcome => {
  const { header, steps } = readTraceFile(traceFileNamed(name));
  let state = header.initial;
  const server = (sid: Sid): ServerState | null => state[`server ${sid}`] as ServerState | null;
  let [answered, restarted] = [false, false];
  let rejoins: Sync | undefined;
  for (const { action, changed } of steps) {
    if (action.name === 'restart') restarted = true;
    state = { ...state, ...changed };
    if ((server(OLD_LEADER)?.committed ?? 0) >= WRITE && !restarted) answered = true;
    const by = SYNC.exec(action.name)?.[1] as Sync | undefined;
    if (restarted && action.server === OLD_LEADER && by) rejoins ??= by;
  }
  const sids = Object.keys(state)
    .flatMap((slot) => /^server (\d+)$/.exec(slot)?.[1] ?? [])
    .map(Number);
  const leader = sids.find((sid) => server(sid)?.state === 'LEADING');
  if (leader === undefined) throw new Error(`${name} does not end under a leader`);
  const { currentEpoch, history } = server(leader)!;
  return {
    leader,
    epoch: currentEpoch,
    write: history.entries.some(({ zxid }) => zxid === WRITE) ? 'survives' : 'gone',
    client: answered ? 'OK' : 'CONNLOSS',
    ...(rejoins && { rejoins }),
  };
};

export interface Difference {
  readonly what: string;
  readonly specification: string;
  readonly real: string;
}

const FIELDS = ['leader', 'epoch', 'write', 'client', 'rejoins'] as const;

/** Where the real end is another than the specification's. */
export const differences = (expected: Outcome, real: Outcome): readonly Difference[] =>
  FIELDS.flatMap((what) =>
    expected[what] === real[what]
      ? []
      : [{ what, specification: String(expected[what] ?? '-'), real: String(real[what] ?? '-') }],
  );
