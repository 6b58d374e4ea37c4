/** What the explorer's page and its server say to each other: JSON over HTTP on this machine. Types, and their schemas. */
import { z } from 'zod';
import type { Action, Urgency } from '../../checker/model.js';
import type { Place } from '../page/data.js';
import type { Picture, PictureStep } from '../picture.js';

/** What can be said of a state: what can happen, what holds. */
export interface Here {
  readonly enabled: readonly {
    readonly action: Action;
    readonly urgency: Urgency;
    /** Where it happens: an index of a lane, or -1. */
    readonly lane: number;
    readonly changes: boolean;
  }[];
  readonly invariants: readonly {
    readonly name: string;
    readonly claim: string;
    readonly broken: boolean;
    readonly offending?: unknown;
  }[];
  readonly goals: readonly {
    readonly name: string;
    readonly claim: string;
    readonly applicable: boolean;
    readonly needs: string;
    readonly here: boolean;
    /** The step of this path that first reached it. */
    readonly reached: number | null;
  }[];
}

/** Answer to `at`: the run that leads to a place, from a step on, and what can be said of its end. */
export interface At {
  /** Only from step 0 on. */
  readonly start?: Picture;
  /** What of the configuration is not as by default; and all of it in words. */
  readonly config: Place['config'];
  readonly words: string;
  readonly steps: readonly PictureStep[];
  readonly here: Here;
}

export interface Sought {
  /** The way on, or null if there is none within the bounds. */
  readonly path: readonly number[] | null;
  /** The property that breaks or is reached there. */
  readonly property?: string;
  /** Why the search ended without finding one. */
  readonly why?: string;
}

export interface CheckStatus {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  readonly words: string;
  readonly depth?: number;
  readonly distinct?: number;
  readonly generated?: number;
  readonly seconds?: number;
  readonly verdict?: 'verified' | 'violated' | 'incomplete';
  /** The shortest run that breaks something. */
  readonly violation?: { readonly property: string; readonly place: Place };
}

const MOST_STEPS = 5_000;

export const placeSchema = z.strictObject({
  model: z.string().max(100),
  config: z.record(z.string().max(100), z.unknown()),
  path: z.array(z.int().min(0).max(1_000_000)).max(MOST_STEPS),
});

export const atSchema = placeSchema.extend({ from: z.int().min(0).max(MOST_STEPS) });
export const seekSchema = placeSchema.extend({ target: z.string().max(200) });
