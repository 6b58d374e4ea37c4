/** The specification as a library, `zab/spec`: what stands here is what may be relied upon. */

export type { Config } from './config.js';
export type { DiskOperation, Durable, Recovered } from './disk.js';
export type { History, Request, Txn } from './history.js';
export type { Message, Notification } from './messages.js';
export { boot, step } from './reducer.js';
export type { Server } from './server.js';
export type { Effect, Event, Observation, Step } from './step.js';
export { rulesOf, variants } from './variants.js';
export { counterOf, epochOf, makeZxid, type Sid, type Zxid } from './zxid.js';
