/** The two halves of the hot loop, in WebAssembly or in its readable twin. */
import { Expander } from './expander.js';
import type { Findings } from './findings.js';
import { Kernel } from './kernel.js';
import type { Log } from './log.js';
import type { Memory } from './memory.js';
import { orbitsOf } from './orbits.js';
import type { Program } from './program.js';
import { Reader, type Resolver } from './reader.js';
import { Recent } from './recent.js';
import { Settler } from './settler.js';

export interface LoopOptions {
  /** Whether equal fingerprints are equal states, and nobody wants to see all of them. */
  readonly trustful: boolean;
  readonly webAssembly: boolean;
  /** Number of action names. */
  readonly actions: number;
}

export interface Loop {
  readonly expander: Expander | Kernel;
  readonly settler: Settler | Kernel;
}

export const loopOver = (
  memory: Memory,
  program: Program,
  resolver: Resolver,
  findings: Findings,
  log: Log,
  { trustful, webAssembly, actions }: LoopOptions,
): Loop => {
  if (webAssembly) {
    const kernel = new Kernel(memory, program, resolver, findings, log, trustful, actions);
    return { expander: kernel, settler: kernel };
  }
  const newReader = (): Reader => new Reader(memory.cells, program, resolver);
  const reader = newReader();
  const expander = new Expander(reader, log, findings, new Recent(trustful), orbitsOf(reader), actions);
  return { expander, settler: new Settler(newReader(), findings) };
};
