/**
 * Why no candidate explains a line: the nearest one, what it would have done there, what its last steps said no to, and
 * field by field what was expected and what was found. The steps are taken again with the rules watched, so that the
 * rule that decided is named.
 */
import type { Config } from '../../spec/config.js';
import { step } from '../../spec/reducer.js';
import type { Rules } from '../../spec/rules.js';
import type { Server } from '../../spec/server.js';
import type { Event } from '../../spec/step.js';
import type { By, Candidate } from './candidate.js';
import type { Contradicted, Contradiction } from './foresight.js';
import { type Line, passes, type Refusal, type Room } from './lines.js';
import type { FieldDifference } from './match.js';

export interface RuleAsked {
  readonly rule: string;
  readonly of: readonly unknown[];
  readonly says: unknown;
}

/** What a step did, as far as it matters to who asks why. */
export interface StepTaken {
  readonly event: Event | null;
  readonly handler: string;
  readonly ignored?: string;
  readonly unexpected?: string;
  readonly hidden?: string;
  readonly rules: readonly RuleAsked[];
}

export interface Why {
  readonly source: unknown;
  /** Lines of this server that are explained. */
  readonly explained: number;
  readonly reason: string;
  readonly fields: readonly FieldDifference[];
  /** The last steps of the nearest candidate, oldest first. */
  readonly steps: readonly StepTaken[];
  /** How many candidates explained everything before. */
  readonly candidates: number;
}

export interface Explanation extends Why {
  readonly line: Line;
  readonly nearest: Candidate;
}

/** Arguments that say something: not the configuration, not whole servers. */
const telling = (argument: unknown): boolean =>
  typeof argument !== 'object' ||
  (Array.isArray(argument) && argument.every((item) => typeof item !== 'object'));

/** Rules that note what they are asked and what they say. */
const watch = (rules: Rules, asked: RuleAsked[]): Rules =>
  Object.fromEntries(
    Object.entries(rules).map(([rule, value]) => [
      rule,
      typeof value === 'function'
        ? (...args: readonly unknown[]) => {
            const says = (value as (...args: readonly unknown[]) => unknown)(...args);
            asked.push({ rule, of: args.filter(telling), says });
            return says;
          }
        : value,
    ]),
  ) as unknown as Rules;

const isNo = ({ says }: RuleAsked): boolean => says === false || says === 'refuse' || says === null;

/** The rules that say no while a server sees an event. */
export const refusing = (config: Config, server: Server, event: Event): readonly RuleAsked[] => {
  const asked: RuleAsked[] = [];
  try {
    step({ ...config, rules: watch(config.rules, asked) }, server, event);
  } catch {
    return [];
  }
  const no = asked.filter((one) => isNo(one) && one.rule !== 'counts');
  return no.filter((one, i) => no.findIndex(({ rule }) => rule === one.rule) === i);
};

const rulesAsked = (config: Config, { parent, event }: By): readonly RuleAsked[] =>
  parent.server === null || event === null ? [] : refusing(config, parent.server, event);

const stepTaken = (config: Config, by: By): StepTaken => {
  const unexpected = by.effects.flatMap((effect) =>
    effect.type === 'observe' && effect.observation.type === 'unexpected' ? [effect.observation.what] : [],
  )[0];
  return {
    event: by.event,
    handler: by.handler,
    ...(by.ignored && { ignored: by.ignored }),
    ...(unexpected && { unexpected }),
    ...(by.hidden && { hidden: by.hidden }),
    rules: rulesAsked(config, by),
  };
};

const MOST_STEPS = 4;

const lastSteps = (config: Config, candidate: Candidate): readonly StepTaken[] => {
  const steps: StepTaken[] = [];
  for (let { by } = candidate; by !== null && steps.length < MOST_STEPS; by = by.parent.by) {
    if (by.event?.type === 'Receive' && by.event.message.type === 'PING') continue;
    steps.unshift(stepTaken(config, by));
  }
  return steps;
};

/** Fewer wrong fields are nearer, and of those fewer guesses; to have something else to say is nearer than nothing. */
const distance = ({ fields }: Refusal, { guesses }: Candidate): number =>
  (fields.length === 0 ? 50 : fields.length) * 1000 + Math.min(guesses, 999);

const outputLine = ({ parent }: By, { found, peer }: Contradiction): Line => ({
  kind: 'saw',
  output:
    found.type === 'send'
      ? { type: 'send', to: peer, message: found.message as never }
      : { type: 'close', peer },
  index: parent.links[peer]?.index ?? null,
});

export const explain = (
  room: Room,
  candidates: readonly Candidate[],
  against: Contradicted | null,
  line: Line,
  source: unknown,
  at: number,
): Explanation => {
  let best: { readonly candidate: Candidate; readonly refusal: Refusal } | null = null;
  for (const candidate of candidates) {
    const result = passes(room, candidate, line, at);
    const refusal: Refusal =
      'refusal' in result ? result.refusal : { reason: 'what follows from it is refused', fields: [] };
    if (best === null || distance(refusal, candidate) < distance(best.refusal, best.candidate))
      best = { candidate, refusal };
  }
  const { candidate, refusal } = best!;
  if (
    against !== null &&
    (refusal.fields.length === 0 || against.contradiction.fields.length < refusal.fields.length)
  ) {
    const { by, contradiction } = against;
    return {
      line: outputLine(by, contradiction),
      source: contradiction.source,
      explained: at,
      reason: 'the specification says something else here',
      fields: contradiction.fields,
      steps: [...lastSteps(room.world.config, by.parent), stepTaken(room.world.config, by)].slice(
        -MOST_STEPS,
      ),
      nearest: by.parent,
      candidates: candidates.length,
    };
  }
  return {
    line,
    source,
    explained: at,
    ...refusal,
    steps: lastSteps(room.world.config, candidate),
    nearest: candidate,
    candidates: candidates.length,
  };
};
