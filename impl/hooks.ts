/** What a server lets others see of it as it runs: logs, metrics and traces hang here. None may call back. */
import type { DiskOperation } from '../spec/disk.js';
import type { Server } from '../spec/server.js';
import type { Event, Step } from '../spec/step.js';
import type { Zxid } from '../spec/zxid.js';
import type { Stored } from './storage.js';

export interface Hooks {
  readonly booted?: (stored: Stored) => void;
  /** A step was taken; its effects are carried out next. Neither state nor event: the server comes up. */
  readonly stepped?: (before: Server | null, event: Event | null, taken: Step) => void;
  readonly flushed?: (operation: DiskOperation, tookMs: number) => void;
  readonly imageSaved?: (zxid: Zxid) => void;
  /** The server has stopped, because going on would be guessing. */
  readonly failed?: (error: unknown) => void;
}

/** No hook is told more than three things. */
type Hook = (a: unknown, b: unknown, c: unknown) => void;

/** All of them, in this order. */
export const joinHooks = (...all: readonly Hooks[]): Hooks => {
  const joined: Record<string, Hook> = {};
  for (const name of new Set(all.flatMap((hooks) => Object.keys(hooks)))) {
    const named = all.flatMap((hooks) => (hooks as Record<string, Hook>)[name] ?? []);
    joined[name] = (a, b, c) => {
      for (const hook of named) hook(a, b, c);
    };
  }
  return joined;
};
