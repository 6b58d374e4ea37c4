/**
 * How a model presents itself to the command line, to configuration files and to trace headers: one zod schema of its
 * configuration is the single source of its flags, defaults, validation and help.
 */
import type { z } from 'zod';
import type { Drawing } from './drawing.js';
import type { Model } from './model.js';

export interface Named {
  readonly name: string;
  readonly summary: string;
}

/** A named, pinned configuration. `suite`: part of what `npm run check` runs. */
export interface Preset extends Named {
  readonly config: Readonly<Record<string, unknown>>;
  readonly suite: boolean;
  /** The properties that it is about; absent, all. */
  readonly properties?: readonly string[];
  /** What a complete search of it must find, where that has been pinned. */
  readonly pinned?: { readonly distinct: number; readonly generated: number; readonly depth: number };
}

/** A planted defect and the invariant that it is planted for. */
export interface Defect extends Named {
  readonly invariant: string;
  /** The bounds under which it shows; whatever else is asked for overrides them. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The model with named differences, and the bounds under which they are worth a look. */
export interface Variant extends Named {
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface ModelDefinition extends Named {
  /** A strict object of flat fields, each with a default and a `.describe()`; camelCase, `electionQueue` for --election-queue. */
  readonly schema: z.ZodObject;
  readonly presets: readonly Preset[];
  readonly variants: readonly Variant[];
  readonly defects: readonly Defect[];
  readonly scenarios: readonly Named[];
  /** @throws InputError for a configuration that parses but makes no sense. */
  readonly build: (config: Readonly<Record<string, unknown>>) => Model;
  /** How runs of such a model are drawn; absent, every slot is a lane. */
  readonly draw?: (model: Model) => Drawing;
}
