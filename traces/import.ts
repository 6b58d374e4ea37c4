/**
 * A trace out of a file of either sort: our own, or ITF. An ITF file of another tool names neither the model nor its
 * actions; the model is then the caller's to name, and the actions are found by trying those that are enabled.
 */
import { InputError } from '../checker/errors.js';
import type { Model } from '../checker/model.js';
import { enabled, initialState, named, type State } from '../checker/plain.js';
import { same } from './difference.js';
import { parseTrace, type Trace, TraceFormatError } from './format.js';
import { type ItfRun, parseItf, traceOfItf } from './itf.js';

const isItf = (text: string): boolean =>
  /^\s*\{/.test(text) && !/^\s*\{\s*"format"\s*:\s*"zab-trace"/.test(text);

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The action of the model that leads from one state to the next; the first if several do. */
const actionBetween = (model: Model, before: State, after: ItfRun['states'][number], step: number) => {
  const found = enabled(model, before).find(({ state }) => same(named(model, state), after));
  if (found === undefined) throw new InputError(`state ${step}: no action of ${model.name} leads to it`);
  return found;
};

const withActions = (model: Model, run: ItfRun): ItfRun => {
  const start = initialState(model);
  if (!same(named(model, start), run.states[0]))
    throw new InputError(`state 0 is not where ${model.name} starts`);
  let state = start;
  const actions = run.states.slice(1).map((after, i) => {
    const found = actionBetween(model, state, after, i + 1);
    state = found.state;
    return found.outcome.action;
  });
  return { ...run, actions: [undefined, ...actions] };
};

/**
 * @param fallback the model, for an ITF file that does not name one.
 * @throws InputError that says what is wrong, with the line if the file has lines.
 */
export const importTrace = (text: string, fallback: () => Model | undefined): Trace => {
  const json = isItf(text) ? jsonOf(text) : undefined;
  if (json === undefined) {
    try {
      return parseTrace(text);
    } catch (error) {
      if (error instanceof TraceFormatError) throw new InputError(`line ${error.line}: ${error.message}`);
      throw error;
    }
  }
  const run = parseItf(json);
  if (run.meta !== undefined) {
    const { version: _, violation, model, config, generator } = run.meta;
    const complete = violation && { ...violation, offending: violation.offending ?? null };
    return traceOfItf(run, { model, config, ...(generator !== undefined && { generator }) }, complete);
  }
  const model = fallback();
  if (model === undefined)
    throw new InputError('the ITF file does not say which model it is a run of: use --model');
  return traceOfItf(withActions(model, run), { model: model.name, config: { ...model.config } });
};
