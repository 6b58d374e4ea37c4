/** What the explorer's server does for its page: finds the model of a place, walks it, and searches beside it. */
import type { ModelDefinition } from '../../checker/definition.js';
import { InputError } from '../../checker/errors.js';
import { same } from '../difference.js';
import { formatTrace } from '../format.js';
import { drawingOf } from '../model.js';
import type { ExploreData, Place } from '../page/data.js';
import { recordTrace } from '../record.js';
import { Background, finished, type Report } from './background.js';
import type { At, CheckStatus, Sought } from './protocol.js';
import { Walk } from './walk.js';

/** Models that are kept, the one used last at the end. */
const MOST_WALKS = 4;
/** A search from the state that is shown; somebody waits for it. */
const SEEK_SECONDS = 30;

const NOTHING: CheckStatus = { state: 'none', words: '' };

const issuesOf = (issues: readonly { readonly path: PropertyKey[]; readonly message: string }[]): string =>
  issues.map(({ path, message }) => [path.map(String).join('.'), message].join(': ')).join('; ');

/** The fields that are not as they are by default: all that an address has to carry. */
const notable = ({ schema }: ModelDefinition, config: Place['config']): Place['config'] => {
  const defaults: Readonly<Record<string, unknown>> = schema.safeParse({}).data ?? {};
  return Object.fromEntries(Object.entries(config).filter(([field, value]) => !same(value, defaults[field])));
};

export class Session {
  readonly #walks = new Map<string, Walk>();
  readonly #checking = new Background();
  readonly #seeking = new Background();
  #status: CheckStatus = NOTHING;
  /** How many checks were begun or stopped: what an earlier one still reports is of no interest. */
  #checks = 0;

  /** @param describe the configuration in words. */
  constructor(
    readonly models: readonly ModelDefinition[],
    readonly start: Place,
    readonly describe: (definition: ModelDefinition, config: Place['config']) => string,
  ) {}

  data(): ExploreData {
    return {
      start: this.start,
      models: this.models.map(({ name, summary, presets }) => ({
        name,
        summary,
        presets: presets.map((preset) => ({
          name: preset.name,
          summary: preset.summary,
          config: preset.config,
        })),
      })),
    };
  }

  #definition(name: string): ModelDefinition {
    const definition = this.models.find((model) => model.name === name);
    if (definition === undefined) throw new InputError(`no model named ${name}`);
    return definition;
  }

  #walk({ model: name, config }: Pick<Place, 'model' | 'config'>): Walk {
    const definition = this.#definition(name);
    const parsed = definition.schema.safeParse(config);
    if (!parsed.success)
      throw new InputError(`not a configuration of ${name}: ${issuesOf(parsed.error.issues)}`);
    const key = JSON.stringify([name, parsed.data]);
    const known = this.#walks.get(key);
    this.#walks.delete(key);
    const walk = known ?? this.#newWalk(definition, parsed.data);
    this.#walks.set(key, walk);
    const [oldest] = this.#walks.keys();
    if (this.#walks.size > MOST_WALKS) this.#walks.delete(oldest!);
    return walk;
  }

  #newWalk(definition: ModelDefinition, config: Place['config']): Walk {
    const model = definition.build(config);
    return new Walk(model, drawingOf(model, this.models));
  }

  at(place: Place, from: number): At {
    const walk = this.#walk(place);
    const definition = this.#definition(place.model);
    return {
      ...(from === 0 && { start: walk.start() }),
      config: notable(definition, walk.model.config),
      words: this.describe(definition, walk.model.config),
      steps: walk.steps(place.path, from),
      here: walk.here(place.path),
    };
  }

  trace(place: Place): string {
    const walk = this.#walk(place);
    const broken = walk.here(place.path).invariants.find((invariant) => invariant.broken);
    const violation = broken && {
      property: broken.name,
      claim: broken.claim,
      offending: broken.offending ?? null,
    };
    return formatTrace(recordTrace(walk.model, walk.actions(place.path), violation));
  }

  /** On from a place to the nearest state that breaks an invariant, or that reaches a goal which the way has not. */
  async seek(place: Place, target: string): Promise<Sought> {
    const walk = this.#walk(place);
    const { goals } = walk.here(place.path);
    const known = [
      'violation',
      'goal',
      ...goals.map(({ name }) => name),
      ...walk.model.invariants.map((i) => i.name),
    ];
    if (!known.includes(target)) throw new InputError(`${place.model} has no property ${target}`);
    const report = await finished(this.#seeking, {
      model: place.model,
      config: walk.model.config,
      from: walk.state(place.path),
      target,
      reached: goals.filter(({ reached }) => reached !== null).map(({ name }) => name),
      maxSeconds: SEEK_SECONDS,
    });
    return soughtOf(report, walk, place);
  }

  stopSeeking(): void {
    this.#seeking.stop();
  }

  check(place: Pick<Place, 'model' | 'config'>): CheckStatus {
    const walk = this.#walk(place);
    const words = `${place.model}: ${this.describe(this.#definition(place.model), walk.model.config)}`;
    this.#status = { state: 'running', words, depth: 0, distinct: 0, generated: 0, seconds: 0 };
    const job = { model: place.model, config: walk.model.config, reached: [] };
    const { model, config } = place;
    const number = ++this.#checks;
    this.#checking.start(job, (report) => {
      if (number === this.#checks) this.#status = statusOf(report, walk, words, { model, config });
    });
    return this.#status;
  }

  status(): CheckStatus {
    return this.#status;
  }

  stopChecking(): CheckStatus {
    this.#checks++;
    this.#checking.stop();
    if (this.#status.state === 'running') this.#status = NOTHING;
    return this.#status;
  }

  close(): void {
    this.#checking.stop();
    this.#seeking.stop();
  }
}

const soughtOf = (report: Report, walk: Walk, { path }: Place): Sought => {
  if (report.type === 'failed') return { path: null, why: report.message };
  if (report.type !== 'done') return { path: null };
  if (report.violation) {
    return { path: walk.numbers(report.violation.path, path), property: report.violation.property };
  }
  const states = `${report.distinct} states`;
  const why =
    report.bound === null
      ? `there is none: ${states} from here on`
      : `none found in ${states} (${report.bound})`;
  return { path: null, why };
};

const statusOf = (
  report: Report,
  walk: Walk,
  words: string,
  of: Pick<Place, 'model' | 'config'>,
): CheckStatus => {
  if (report.type === 'failed') return { state: 'failed', words: `${words}: ${report.message}` };
  const { depth, distinct, generated, seconds } = report;
  const counts = { words, depth, distinct, generated, seconds };
  if (report.type === 'progress') return { state: 'running', ...counts };
  const { verdict, violation } = report;
  return {
    state: 'done',
    ...counts,
    verdict,
    ...(violation && {
      violation: { property: violation.property, place: { ...of, path: walk.numbers(violation.path) } },
    }),
  };
};
