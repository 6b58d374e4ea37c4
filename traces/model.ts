/** The model that a trace is of: found in the registry by its name, built from the configuration in the header. */
import type { ModelDefinition } from '../checker/definition.js';
import { type Drawing, genericDrawing } from '../checker/drawing.js';
import { InputError } from '../checker/errors.js';
import type { Model } from '../checker/model.js';
import { models } from '../checker/registry.js';
import type { Trace } from './format.js';

/** @throws InputError if there is no such model, or if it cannot have such a configuration. */
export const modelOfTrace = ({ header }: Trace, known: readonly ModelDefinition[] = models): Model => {
  const definition = known.find(({ name }) => name === header.model);
  if (definition === undefined) {
    const names = known.map(({ name }) => name).join(', ');
    throw new InputError(`the trace is of a model named '${header.model}'; known: ${names}`);
  }
  const parsed = definition.schema.safeParse(header.config);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) =>
      ['config', ...path].join('.').concat(': ', message),
    );
    throw new InputError(`not a configuration of ${header.model}: ${issues.join('; ')}`);
  }
  return definition.build(parsed.data);
};

/** How the model says that it is to be drawn; null if it says nothing. */
export const ownDrawing = (model: Model, known: readonly ModelDefinition[] = models): Drawing | null =>
  known.find(({ name }) => name === model.name)?.draw?.(model) ?? null;

export const drawingOf = (model: Model, known: readonly ModelDefinition[] = models): Drawing =>
  ownDrawing(model, known) ?? genericDrawing(model);
