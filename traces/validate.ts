/**
 * Is there a run of the specification that explains this log? Every server is judged on its own: what it was given is in
 * the log, and what it says has to be what the reducer says. That is exact because the messages hang together, which is
 * looked at first.
 */
import type { Sid } from '../spec/zxid.js';
import type { Hidden, Log, LogEvent, LogHeader } from './format/log.js';
import { judgeEnsemble } from './ensemble/judge.js';
import type { By, Candidate } from './judge/candidate.js';
import { fieldsIn } from './judge/match.js';
import { type Judge, judgeOf, type Verdict } from './judge/judge.js';
import { foresightOf } from './validate/foresee.js';
import { type Disorder, disorderIn } from './validate/order.js';
import { configOf, hiddenOf } from './validate/setting.js';
import { tell } from './validate/tell.js';

export { configOf, hiddenOf };

export interface ServerReport {
  readonly sid: Sid;
  readonly verdict: Verdict;
  /** Lines of this server, and how many of them are explained. */
  readonly lines: number;
  readonly explained: number;
  /** One run that explains them, as far as they are explained; null where the ensemble is judged as a whole. */
  readonly witness: Candidate | null;
}

/** How much the log constrained: an accepted log that says little is no proof of much. */
export interface Coverage {
  readonly events: number;
  /** Lines that the specification could have refused. */
  readonly constraining: number;
  /** Fields in them that were compared. */
  readonly fields: number;
  /** How often a handler ran, in the runs that were found. */
  readonly handlers: Readonly<Record<string, number>>;
  /** Inputs that were guessed, by kind. */
  readonly guesses: Readonly<Partial<Record<Hidden, number>>>;
}

export interface Validation {
  readonly verdict: 'accepted' | 'rejected' | 'inconclusive';
  readonly servers: readonly ServerReport[];
  readonly disorder: Disorder | null;
  /** Lines of the log in front of the first one that is not explained. */
  readonly prefix: number;
  readonly coverage: Coverage;
  readonly steps: number;
}

export interface ValidateOptions {
  /** Steps of the search for each server; absent: no bound. */
  readonly maxSteps?: number | undefined;
  /** Only these servers; the others' lines are not judged. */
  readonly only?: readonly Sid[] | undefined;
  /** Called after each line that is explained, with a candidate that explains it. */
  readonly onLine?: ((index: number, candidate: Candidate | null) => void) | undefined;
}

/** What of a line has to be so; nothing of an input that a proxy hands over. */
const constraintsIn = (event: LogEvent, { vantage }: LogHeader): number => {
  switch (event.event) {
    case 'send':
      return fieldsIn(event.message);
    case 'notify':
      return fieldsIn(event.notification);
    case 'deliver':
    case 'answer':
      return fieldsIn(event.txn);
    case 'state':
      return fieldsIn(event.state) + fieldsIn(event.disk);
    case 'flushed':
      return fieldsIn(event.operation);
    case 'boot':
      return fieldsIn(event.disk);
    case 'close':
    case 'quiet':
    case 'crash':
      return 1;
    case 'connected':
    case 'accepted':
    case 'receive':
    case 'request':
      return vantage === 'server' ? 1 : 0;
    case 'notified':
    case 'closed':
    case 'timer':
    case 'reconnected':
      return 0;
  }
};

const increment = <K extends string>(counts: Partial<Record<K, number>>, key: K): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

/** A step of a run that explains the log. */
type Explaining = { readonly handler: string; readonly hidden?: Hidden | undefined };

const coverageOf = ({ header, events }: Log, run: Iterable<Explaining>): Coverage => {
  const handlers: Record<string, number> = {};
  const guesses: Partial<Record<Hidden, number>> = {};
  for (const { handler, hidden } of run) {
    increment(handlers, handler);
    if (hidden) increment(guesses, hidden);
  }
  const fields = events.map((event) => constraintsIn(event, header));
  return {
    events: events.length,
    constraining: fields.filter((count) => count > 0).length,
    fields: fields.reduce((sum, count) => sum + count, 0),
    handlers,
    guesses,
  };
};

const stepsTo = (witness: Candidate | null): readonly By[] => {
  const steps: By[] = [];
  for (let by = witness?.by; by; by = by.parent.by) steps.push(by);
  return steps;
};

/** A log without the messages between servers: the search runs over the whole ensemble. */
const validateEnsemble = (log: Log, maxSteps?: number): Validation => {
  const { verdict, servers, prefix, steps, run } = judgeEnsemble(log, maxSteps);
  return {
    verdict,
    servers: servers.map((one) => ({ ...one, witness: null })),
    disorder: null,
    prefix,
    coverage: coverageOf(log, run),
    steps,
  };
};

/** A server as its lines go by. */
interface Judged {
  readonly judge: Judge;
  verdict: Verdict;
  lines: number;
  explained: number;
  /** Of its first line that is not explained. */
  stuckAt: number;
}

const firstUnexplained = (judged: Iterable<Judged>, disorder: Disorder | null): number => {
  const stuck = [...judged].map(({ stuckAt }) => stuckAt);
  return Math.min(...stuck, ...(disorder?.events ?? []));
};

export const validate = (log: Log, { maxSteps, only, onLine }: ValidateOptions = {}): Validation => {
  const { header, events } = log;
  if (!header.records.includes('links')) return validateEnsemble(log, maxSteps);
  const [config, hidden] = [configOf(header), hiddenOf(header)];
  const foreseen = foresightOf(header, hidden, events);
  const disorder = disorderIn(log);
  const judges = new Map<Sid, Judged>();
  const judgeFor = (sid: Sid): Judged => {
    const { vantage, records } = header;
    const judge = judgeOf({ config, sid, vantage, records, hidden, maxSteps, foresight: foreseen.get(sid) });
    return {
      judge,
      verdict: { kind: 'explained' },
      lines: 0,
      explained: 0,
      stuckAt: Number.POSITIVE_INFINITY,
    };
  };
  for (const [i, event] of events.entries()) {
    const { server } = event;
    if (only && !only.includes(server)) continue;
    let one = judges.get(server);
    if (one === undefined) {
      one = judgeFor(server);
      judges.set(server, one);
      // A log that does not tell of it begins with the server up, its disk empty.
      if (event.event !== 'boot') one.judge.given({ event: { type: 'Boot' } }, i);
    }
    one.lines++;
    if (one.verdict.kind !== 'explained') continue;
    one.verdict = tell(one.judge, event, i);
    if (one.verdict.kind === 'explained') {
      one.explained++;
      onLine?.(i, one.judge.witness());
    } else one.stuckAt = i;
  }
  const servers = [...judges]
    .map(([sid, { judge, verdict, lines, explained }]) => ({
      sid,
      verdict,
      lines,
      explained,
      witness: judge.witness(),
    }))
    .sort((a, b) => a.sid - b.sid);
  const kinds = servers.map(({ verdict }) => verdict.kind);
  return {
    verdict:
      disorder !== null || kinds.includes('rejected')
        ? 'rejected'
        : kinds.includes('inconclusive')
          ? 'inconclusive'
          : 'accepted',
    servers,
    disorder,
    prefix: Math.min(events.length, firstUnexplained(judges.values(), disorder)),
    coverage: coverageOf(
      log,
      servers.flatMap(({ witness }) => stepsTo(witness)),
    ),
    steps: [...judges.values()].reduce((sum, { judge }) => sum + judge.steps, 0),
  };
};
