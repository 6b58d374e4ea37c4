/**
 * A server behind an adapter, and what it may be by now: one exchange after another, each with all that comes out of it
 * and what is then observed. It ends with the first exchange that no run of the specification explains.
 */
import type { Config } from '../../spec/config.js';
import type { Sid } from '../../spec/zxid.js';
import {
  type Advance,
  advance,
  type Candidate,
  fitting,
  type Input,
  type Shown,
  type Rejection,
  type Seen,
  type Taken,
  type Watch,
} from './candidates.js';
import { MOST_WAITS } from './check.js';
import { AdapterError, type Host } from './process.js';
import type { Asked, Observed, Output, WireDisk } from './protocol.js';
import { fromWire } from './wire.js';

/** What went in and out of one server, for the log of a test. */
export interface Exchange {
  readonly sid: Sid;
  readonly input: Input | { readonly type: 'reset'; readonly disk: WireDisk };
  readonly out: readonly Seen[];
  readonly observed: Shown;
}

/** The end of a test that failed. */
export class Deviation extends Error {
  override readonly name = 'Deviation';
  constructor(
    readonly sid: Sid,
    readonly exchange: Exchange,
    readonly rejection: Rejection,
    /** Whether what came out was wrong, or what was then observed. */
    readonly at: 'outputs' | 'observation',
    /** What the server was before, by the specification; the first where there are several. */
    readonly before: Candidate,
    readonly config: Config,
  ) {
    super(`server ${sid} does what no run of the specification does`);
  }
}

/** Nothing can be said: a bound was hit. */
export class Undecided extends Error {
  override readonly name = 'Undecided';
}

const outputsOf = async (host: Host, asked: Asked): Promise<readonly Output[]> => {
  let outcome = await host.act(asked);
  const out = [...outcome.out];
  for (let waits = 0; !outcome.quiet; waits++) {
    if (waits === MOST_WAITS)
      throw new AdapterError(`still not quiet after it was asked ${MOST_WAITS} times to wait`);
    outcome = await host.act({ op: 'wait' });
    out.push(...outcome.out);
  }
  return out;
};

/** What hello claims to observe, and nothing else. */
const telling = ({ hello }: Host, { state, leader, ...rest }: Observed): Shown => {
  const fields: Readonly<Record<string, string>> = { acceptedEpoch: 'epochs', currentEpoch: 'epochs' };
  const told = Object.entries(rest).filter(([field]) =>
    (hello.observes as readonly string[]).includes(fields[field] ?? field),
  );
  return fromWire({ state, ...(leader !== undefined && { leader }), ...Object.fromEntries(told) });
};

export class Watched {
  candidates: readonly Candidate[] = [];
  isUp = false;
  readonly #watch: Watch;
  /** Writes whose clients wait here. Whoever looks for a leader has told them that nobody knows what becomes of those. */
  readonly #asked = new Set<string | number>();

  constructor(
    readonly host: Host,
    readonly config: Config,
    readonly sid: Sid,
    hold: boolean,
  ) {
    const { observes } = host.hello;
    const answers = observes.includes('answer');
    this.#watch = {
      config,
      sid,
      hold,
      delivers: observes.includes('deliver'),
      owes: ({ payload }) => answers && this.#asked.has(payload),
    };
  }

  /**
   * @param exchanges what went in and out so far; this one joins them, even if it is the last
   * @throws Deviation, Undecided, AdapterError, NotSupported
   */
  async exchange(
    input: Input,
    asked: Asked,
    shown: Exchange['input'],
    exchanges: Exchange[],
  ): Promise<{ readonly exchange: Exchange; readonly steps: readonly Taken[] }> {
    const { host, sid, config } = this;
    const [before] = this.candidates;
    if (input.type === 'Request') this.#asked.add(input.request.payload);
    const out = (await outputsOf(host, asked)).map((output) => fromWire<Seen>(output));
    const observed = telling(host, await host.observe());
    const exchange: Exchange = { sid, input: shown, out, observed };
    exchanges.push(exchange);
    const judge = (advanced: Advance, at: Deviation['at']): readonly Taken[] => {
      if (advanced.kind === 'inconclusive') throw new Undecided(advanced.bound);
      if (advanced.kind === 'rejected')
        throw new Deviation(sid, exchange, advanced.rejection, at, before!, config);
      this.candidates = advanced.candidates;
      return advanced.steps;
    };
    const steps = judge(advance(this.#watch, this.candidates, input, out), 'outputs');
    judge(fitting(this.candidates, observed, steps), 'observation');
    if (this.candidates.every(({ server }) => server === null || server.state === 'LOOKING'))
      this.#asked.clear();
    return { exchange, steps };
  }
}
