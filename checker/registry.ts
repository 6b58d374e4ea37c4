/** The models that can be asked for by name. */
import type { ModelDefinition } from './definition.js';
import { InputError } from './errors.js';
import { abd } from './models/abd.js';
import { paxos } from './models/paxos.js';
import { twoPhaseCommit } from './models/two-phase-commit.js';
import { zabTla } from './models/zab-tla.js';
import { zab } from './zab/index.js';

export const models: readonly ModelDefinition[] = [zab, twoPhaseCommit, paxos, abd, zabTla];

/** @throws InputError listing the names there are. */
export const modelNamed = (name: string): ModelDefinition => {
  const definition = models.find((model) => model.name === name);
  if (definition !== undefined) return definition;
  throw new InputError(`no model ${name}; there are ${models.map((model) => model.name).join(', ')}`);
};
