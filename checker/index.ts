/** The checker as a library, `zab/checker`: what stands here is what may be relied upon. */

export { check } from './check.js';
export { InputError, ModelError } from './errors.js';
export { bag, counters, fifo, fold, head, scalar, set } from './kinds.js';
export * from './model.js';
export { enabled, execute, initialState, named, type State } from './plain.js';
export type { CheckOptions, CheckResult, Progress, Violation } from './result.js';
