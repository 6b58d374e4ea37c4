/** A conformance run: every scenario, then walks from a seed; what fails is shrunk to a short test. */
import { zabActions } from '../../checker/zab/actions.js';
import { zabSchema } from '../../checker/zab/options.js';
import type { Rules } from '../../spec/rules.js';
import type { Hosts } from './hosts.js';
import { type Played, playTest } from './play.js';
import type { Hello } from './protocol.js';
import { type Scenario, scenarios } from './scenarios.js';
import { someSetup } from './setups.js';
import { shrink } from './shrink.js';
import { type Chosen, Random, Walk } from './walk.js';

export const DEFAULT_WALKS = 40;
export const DEFAULT_DEPTH = 150;

export interface RunOptions {
  readonly seed: number;
  readonly walks?: number;
  /** Most actions of a walk. */
  readonly depth?: number;
  /** Only these tests, by name. */
  readonly only?: readonly string[];
  /** On past a failure: every scenario and every walk. */
  readonly keepGoing?: boolean;
  /** Whether the first failure is shortened; it is, unless this is false. */
  readonly shrink?: boolean;
  readonly rules: Rules;
  readonly onTest?: (test: TestResult) => void;
  readonly interrupted?: () => boolean;
}

export interface TestResult {
  readonly name: string;
  readonly summary: string;
  readonly verdict: 'passed' | 'failed' | 'not supported' | 'inconclusive';
  /** Of a failure the shortened run. */
  readonly played: Played | null;
  /** How long a failing run was before it was shortened. */
  readonly foundAt?: number;
  readonly why?: string;
  readonly seconds: number;
}

export interface RunResult {
  readonly verdict: 'passed' | 'failed' | 'inconclusive';
  readonly adapter: Hello;
  readonly seed: number;
  readonly tests: readonly TestResult[];
  /** How often each step of the specification was seen, for all that there are. */
  readonly coverage: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** The labels of all handlers that an adapter can show; the environment's own actions apart. */
export const handlerLabels = (rules: Rules): readonly string[] => {
  const options = zabSchema.parse({ election: 'fle', persistence: 'async', observers: 1, crashes: 0 });
  return [...zabActions(options, rules), 'leaderTick'];
};

const verdictOf = ({ kind }: Played): TestResult['verdict'] => (kind === 'broken' ? 'failed' : kind);

export const overall = (tests: readonly TestResult[]): RunResult['verdict'] => {
  const some = (verdict: TestResult['verdict']): boolean => tests.some((test) => test.verdict === verdict);
  if (some('failed')) return 'failed';
  return some('passed') && !some('inconclusive') ? 'passed' : 'inconclusive';
};

const nameOfWalk = (number: number): string => `walk-${number}`;

class Run {
  readonly tests: TestResult[] = [];
  readonly coverage = new Map<string, number>();
  readonly #chosen: Chosen = new Map();

  constructor(
    readonly hosts: Hosts,
    readonly hello: Hello,
    readonly options: RunOptions,
  ) {}

  get hasFailed(): boolean {
    return this.tests.some(({ verdict }) => verdict === 'failed');
  }

  get isOver(): boolean {
    return (this.hasFailed && !this.options.keepGoing) || (this.options.interrupted?.() ?? false);
  }

  async scenario({ name, summary, needs, setup, play }: Scenario): Promise<void> {
    const missing = needs.filter((need) => !this.hello.capabilities.includes(need));
    if (missing.length > 0) {
      const why = `the adapter lacks ${missing.join(', ')}`;
      this.#add({ name, summary, verdict: 'not supported', played: null, why, seconds: 0 });
    } else await this.#test(name, summary, () => playTest(this.hosts, this.options.rules, setup, play));
  }

  async walk(number: number): Promise<void> {
    const { seed, depth = DEFAULT_DEPTH, rules } = this.options;
    const random = new Random('conform', seed, number);
    const setup = someSetup(random, (one) => this.hello.capabilities.includes(one));
    const { voters, observers, hold } = setup;
    const summary = `${voters.length} voters${observers.length > 0 ? `, ${observers.length} observer` : ''}${hold ? ', writes held' : ''}`;
    const walk = new Walk(random, this.#chosen);
    await this.#test(nameOfWalk(number), summary, () =>
      playTest(this.hosts, rules, setup, async (trial) => {
        for (let step = 0; step < depth; step++) {
          const next = walk.next(trial);
          if (next === null) return;
          await trial.take(next);
        }
      }),
    );
  }

  async #test(name: string, summary: string, play: () => Promise<Played>): Promise<void> {
    const started = performance.now();
    const played = await play();
    for (const [handler, count] of played.handlers)
      this.coverage.set(handler, (this.coverage.get(handler) ?? 0) + count);
    const failed = played.kind === 'failed' && !this.hasFailed && this.options.shrink !== false;
    const shown = failed ? await shrink(this.hosts, this.options.rules, played, played) : played;
    this.#add({
      name,
      summary,
      verdict: verdictOf(played),
      played: shown,
      ...(failed && { foundAt: played.actions.length }),
      ...('message' in played && { why: played.message }),
      seconds: (performance.now() - started) / 1000,
    });
  }

  #add(test: TestResult): void {
    this.tests.push(test);
    this.options.onTest?.(test);
  }
}

export const resultOf = (
  adapter: Hello,
  seed: number,
  tests: readonly TestResult[],
  seen: ReadonlyMap<string, number>,
  rules: Rules,
  seconds: number,
): RunResult => ({
  verdict: overall(tests),
  adapter,
  seed,
  tests,
  coverage: Object.fromEntries(handlerLabels(rules).map((label) => [label, seen.get(label) ?? 0])),
  seconds,
});

/**
 * The result depends on nothing but the adapter, the seed and which tests there are: a walk leans towards what those
 * before it have done least.
 * @throws AdapterError if the adapter does not start
 */
export const conform = async (hosts: Hosts, options: RunOptions): Promise<RunResult> => {
  const started = performance.now();
  const { hello } = (await hosts.of([1])).get(1)!;
  const run = new Run(hosts, hello, options);
  const { walks = DEFAULT_WALKS, only } = options;
  const isWanted = (name: string): boolean => only === undefined || only.includes(name);
  for (const scenario of scenarios) if (!run.isOver && isWanted(scenario.name)) await run.scenario(scenario);
  for (let number = 1; number <= walks && !run.isOver; number++)
    if (isWanted(nameOfWalk(number))) await run.walk(number);
  const seconds = (performance.now() - started) / 1000;
  return resultOf(hello, options.seed, run.tests, run.coverage, options.rules, seconds);
};
