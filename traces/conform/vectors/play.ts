/**
 * Plays a vector against one server, and a suite against an implementation. A server that has taken another branch that
 * the specification allows, so that the next input makes no sense to it, is neither right nor wrong.
 */
import type { Rules } from '../../../spec/rules.js';
import type { Event } from '../../../spec/step.js';
import { allTake, type Input } from '../candidates.js';
import type { Hosts } from '../hosts.js';
import { AdapterError, NotSupported } from '../process.js';
import type { Asked, Hello } from '../protocol.js';
import { configOfReset, diskOfReset } from '../reference.js';
import { Deviation, type Exchange, Undecided, Watched } from '../watched.js';
import { fromWire } from '../wire.js';
import { TIERS, type Suite, type Tier, type Vector } from './format.js';

export interface Played {
  readonly vector: Vector;
  readonly verdict: 'passed' | 'failed' | 'not supported' | 'another branch' | 'inconclusive';
  readonly why?: string;
  readonly deviation?: Deviation;
  readonly exchanges: readonly Exchange[];
}

const inputOf = (asked: Asked, sid: number): Input => {
  if (asked.op === 'deliver')
    return asked.message
      ? { type: 'Receive', from: asked.from, message: fromWire(asked.message) }
      : { type: 'Notified', from: asked.from, notification: fromWire(asked.notification) };
  if (asked.op !== 'do') return { type: 'Wait' };
  switch (asked.event) {
    case 'Request':
      return { type: 'Request', request: { payload: asked.payload!, origin: sid } };
    case 'Connected':
    case 'Accepted':
    case 'Closed':
      return { type: asked.event, peer: asked.peer! };
    case 'Restart':
      return { type: 'Boot' };
    default:
      return { type: asked.event };
  }
};

/** What only a server in the right state can be given. */
const isDemanding = (input: Input): input is Input & Event =>
  ['Receive', 'Notified', 'Connected', 'Accepted', 'Closed', 'Request'].includes(input.type);

const give = async (watched: Watched, { inputs }: Vector, exchanges: Exchange[]): Promise<string | null> => {
  const { config, sid } = watched;
  for (const [i, asked] of inputs.entries()) {
    const input = inputOf(asked, sid);
    if (isDemanding(input) && !allTake(config, watched.candidates, input))
      return `after ${i} inputs it is where the next one makes no sense`;
    await watched.exchange(input, asked, input, exchanges);
  }
  return null;
};

export const playVector = async (hosts: Hosts, rules: Rules, vector: Vector): Promise<Played> => {
  const exchanges: Exchange[] = [];
  const { reset } = vector;
  const host = (await hosts.of([1])).get(1)!;
  const lacking = vector.needs.filter(
    (need) => !(host.hello.capabilities as readonly string[]).includes(need),
  );
  if (lacking.length > 0)
    return { vector, exchanges, verdict: 'not supported', why: `the adapter lacks ${lacking.join(', ')}` };
  const watched = new Watched(host, configOfReset(reset, rules), reset.sid, reset.hold);
  watched.candidates = [{ server: null, disk: diskOfReset(reset) }];
  try {
    await watched.exchange(
      { type: 'Boot' },
      { op: 'reset', ...reset },
      { type: 'reset', disk: reset.disk },
      exchanges,
    );
    const why = await give(watched, vector, exchanges);
    return why === null
      ? { vector, exchanges, verdict: 'passed' }
      : { vector, exchanges, verdict: 'another branch', why };
  } catch (error) {
    const why = (error as Error).message;
    if (error instanceof Deviation) return { vector, exchanges, verdict: 'failed', why, deviation: error };
    if (error instanceof Undecided) return { vector, exchanges, verdict: 'inconclusive', why };
    if (error instanceof NotSupported) return { vector, exchanges, verdict: 'not supported', why };
    if (!(error instanceof AdapterError)) throw error;
    await hosts.renew();
    return { vector, exchanges, verdict: 'failed', why };
  }
};

export interface TierResult {
  readonly tier: Tier;
  readonly counts: Readonly<Record<Played['verdict'], number>>;
  /** Those that did not pass. */
  readonly open: readonly Played[];
  readonly seconds: number;
}

export interface SuiteResult {
  readonly adapter: Hello;
  readonly specification: string;
  readonly tiers: readonly TierResult[];
}

const playTier = async (
  hosts: Hosts,
  rules: Rules,
  tier: Tier,
  vectors: readonly Vector[],
): Promise<TierResult> => {
  const started = performance.now();
  const counts = { passed: 0, failed: 0, 'not supported': 0, 'another branch': 0, inconclusive: 0 };
  const open: Played[] = [];
  for (const vector of vectors) {
    const played = await playVector(hosts, rules, vector);
    counts[played.verdict] += 1;
    if (played.verdict !== 'passed') open.push(played);
  }
  return { tier, counts, open, seconds: (performance.now() - started) / 1000 };
};

/** @throws AdapterError if the adapter does not start */
export const playSuite = async (
  hosts: Hosts,
  rules: Rules,
  suite: Suite,
  tiers: readonly Tier[] = TIERS,
): Promise<SuiteResult> => {
  const adapter = (await hosts.of([1])).get(1)!.hello;
  const results: TierResult[] = [];
  for (const tier of tiers) results.push(await playTier(hosts, rules, tier, suite.tiers[tier]));
  return { adapter, specification: suite.specification, tiers: results };
};

/** Whether some vector fails; the first is enough. */
export const isKilled = async (hosts: Hosts, rules: Rules, vectors: readonly Vector[]): Promise<boolean> => {
  for (const vector of vectors)
    if ((await playVector(hosts, rules, vector)).verdict === 'failed') return true;
  return false;
};
