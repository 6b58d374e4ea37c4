/** A log without messages, judged as a whole; what blocks it, as the judge of a single server would say it. */
import { InputError } from '../../checker/errors.js';
import type { Sid } from '../../spec/zxid.js';
import type { Hidden, Log } from '../format/log.js';
import { refusing, type StepTaken, type Why } from '../judge/explain.js';
import type { Verdict } from '../judge/judge.js';
import { configOf, hiddenOf } from '../validate/setting.js';
import { Lines } from './lines.js';
import type { Happening } from './model.js';
import { type Blocked, type Found, type Node, Search } from './search.js';

export interface EnsembleReport {
  readonly verdict: Found['verdict'];
  readonly servers: readonly {
    readonly sid: Sid;
    readonly verdict: Verdict;
    readonly lines: number;
    readonly explained: number;
  }[];
  /** Lines of the log in front of the first one that is not explained. */
  readonly prefix: number;
  readonly steps: number;
  /** The steps of a run that explains them. */
  readonly run: readonly { readonly handler: string; readonly hidden?: Hidden | undefined }[];
}

/** @throws InputError for what makes no sense without the messages */
const check = (log: Log): void => {
  const { records, vantage } = log.header;
  if (records.includes('election'))
    throw new InputError(
      'records: "election" without "links": of messages record all, or leave them all out ("records":["lifecycle",…])',
    );
  if (vantage === 'network')
    throw new InputError(
      'vantage: a log from the network has the messages between servers; add "links" to "records"',
    );
  const message = log.events.find(({ event }) => ['send', 'receive', 'notify', 'notified'].includes(event));
  const stray = message ?? Lines.unannounced(log);
  if (stray !== undefined)
    throw new InputError(
      `records: the log has lines of ${stray.event}, and its header does not say that they are recorded`,
    );
};

const MOST_SHOWN = 4;

type Taken = Happening & { readonly hidden?: Hidden | undefined };

/** The steps that led to a node, oldest first. */
const pathTo = (node: Node): readonly Taken[] => {
  const steps: Taken[] = [];
  for (let { by } = node; by !== null; by = by.parent.by)
    steps.unshift(...by.move.happenings.map((one) => ({ ...one, hidden: by!.hidden })));
  return steps;
};

const whyOf = (search: Search, { line, reason, fields, node, move }: Blocked, found: Found): Why => {
  const { config } = search.ensemble;
  const steps: readonly Taken[] = [...pathTo(node), ...(move?.happenings ?? [])].slice(-MOST_SHOWN);
  return {
    source: line,
    explained: node.explained,
    reason,
    fields,
    candidates: found.candidates,
    steps: steps.map(
      ({ event, before, taken, hidden }): StepTaken => ({
        event,
        handler: `server ${taken.server.sid}: ${taken.handler}`,
        ...(taken.ignored && { ignored: taken.ignored }),
        ...(hidden && { hidden }),
        rules: before === null || event === null ? [] : refusing(config, before, event),
      }),
    ),
  };
};

export const judgeEnsemble = (log: Log, maxSteps = Number.POSITIVE_INFINITY): EnsembleReport => {
  check(log);
  const { header, events } = log;
  // Whole histories in memory: what a window leaves out shows in messages only, and there are none here.
  const config = { ...configOf(header), window: Number.MAX_SAFE_INTEGER };
  const search = new Search(log, config, hiddenOf(header), maxSteps);
  const found = search.run();
  const lines = new Lines(log);
  const servers = [...lines.sids]
    .sort((a, b) => a - b)
    .map((sid) => {
      const blocked = found.blocked.get(sid);
      const verdict: Verdict =
        found.verdict === 'accepted' || blocked === undefined
          ? { kind: 'explained' }
          : found.verdict === 'rejected'
            ? { kind: 'rejected', why: whyOf(search, blocked, found) }
            : { kind: 'inconclusive', bound: found.bound! };
      return { sid, verdict, lines: lines.of(sid).length, explained: found.best.readers[sid]!.at };
    });
  const first = Math.min(events.length, ...[...found.blocked.values()].map(({ line }) => line));
  return {
    verdict: found.verdict,
    servers,
    prefix: first,
    steps: found.steps,
    run: pathTo(found.best).map(({ taken, hidden }) => ({ handler: taken.handler, hidden })),
  };
};
