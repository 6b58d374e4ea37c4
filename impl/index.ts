/** `zab/impl`: a server inside one's own program, with ZooKeeper's tree or with a state machine of one's own. */
export type { Clock } from './clock.js';
export { systemClock } from './clock.js';
export { ConfigError, type EnsembleConfig, parseConfig, specConfigOf } from './config.js';
export { FolderInUse } from '../checker/lock.js';
export { CorruptStore } from './disk/records.js';
export { DiskStorage } from './disk/storage.js';
export { EXAMPLE_CONFIG } from './example.js';
export type { Hooks } from './hooks.js';
export type { Restoration, Result, StateMachine } from './machine.js';
export type { Image, Link, LinkEvents, Network, NetworkEvents } from './network.js';
export { Node, type NodeOptions } from './node.js';
export { MOST_WRITE, type Outcome } from './requests.js';
export { Server, type ServerOptions } from './server.js';
export type { Health } from './status.js';
export type { Storage, Stored } from './storage.js';
export { defaultTimings, type Timings } from './timings.js';
export { UdpNetwork } from './udp/network.js';
export { Tree } from './zookeeper/tree.js';
