/** The Zab model as the registry knows it. */
import { defects } from '../../spec/defects.js';
import { variants } from '../../spec/variants.js';
import type { ModelDefinition } from '../definition.js';
import { defectBounds, variantBounds } from './bounds.js';
import { buildZab } from './model.js';
import { zabSchema } from './options.js';
import { differences } from './differences.js';
import { drawZab } from './picture.js';
import { zabPresets } from './presets.js';
import { scenarios } from './scenarios.js';

export const zab: ModelDefinition = {
  name: 'zab',
  summary: "ZooKeeper's atomic broadcast: election, discovery, synchronization, broadcast, under faults",
  schema: zabSchema,
  presets: zabPresets,
  variants: variants.map(({ name, summary }) => ({ name, summary, config: variantBounds[name] ?? {} })),
  defects: defects.map(({ name, summary, invariant }) => ({
    name,
    summary,
    invariant,
    config: defectBounds[name] ?? {},
  })),
  scenarios: [...scenarios, ...differences].map(({ name, summary }) => ({ name, summary })),
  build: buildZab,
  draw: drawZab,
};
