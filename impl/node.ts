/**
 * One server of an ensemble, whole: disk, network, state machine, client port, logs and metrics around the driver of the
 * reducer. `zab serve` runs one of these; so may any program.
 */
import type { Server as HttpServer } from 'node:http';
import { type Logger, pino } from 'pino';
import type { Config } from '../spec/config.js';
import type { Sid } from '../spec/zxid.js';
import { systemClock } from './clock.js';
import { ConfigError, type EnsembleConfig, type HostPort, type Member, specConfigOf } from './config.js';
import { DiskStorage } from './disk/storage.js';
import { type Hooks, joinHooks } from './hooks.js';
import { logHooks } from './logs.js';
import type { StateMachine } from './machine.js';
import { Metrics } from './metrics.js';
import { Server } from './server.js';
import { type Health, healthOf, openStatus } from './status.js';
import { Recorder } from './trace/recorder.js';
import { UdpNetwork } from './udp/network.js';
import { ClientPort } from './zookeeper/port.js';
import { Tree } from './zookeeper/tree.js';

export interface NodeOptions {
  readonly config: EnsembleConfig;
  readonly sid: Sid;
  /** Where to record events and effects. */
  readonly traceFolder?: string;
  readonly logger?: Logger;
  /** In the place of ZooKeeper's tree; there is no client port then. */
  readonly machine?: StateMachine;
  /** The server has stopped by itself, because going on would be guessing. */
  readonly failed?: (error: unknown) => void;
}

const OPEN_SECRET = 'zab without a key';

export class Node {
  private constructor(
    readonly server: Server,
    readonly logger: Logger,
    readonly closers: readonly (() => Promise<void>)[],
  ) {}

  /**
   * Starts it; it takes part when this resolves, and serves once there is a leader.
   * @throws ConfigError, CorruptStore, FolderInUse, or what the system says of ports and folders
   */
  static async start(options: NodeOptions): Promise<Node> {
    const closers: (() => Promise<void>)[] = [];
    try {
      return await startNode(options, closers, (server, logger) => new Node(server, logger, closers));
    } catch (error) {
      await closeAll(closers);
      throw error;
    }
  }

  get health(): Health {
    return healthOf(this.server);
  }

  /** Leaves the ensemble, and leaves the disk as it is. */
  async stop(): Promise<void> {
    this.logger.info('stopping');
    this.server.stop();
    await closeAll(this.closers);
  }
}

/** The last that was opened first. */
const closeAll = async (closers: readonly (() => Promise<void>)[]): Promise<void> => {
  for (const close of [...closers].reverse()) await close();
};

const memberOf = (config: EnsembleConfig, sid: Sid): Member => {
  const member = config.servers[sid];
  if (member === undefined) {
    const known = Object.keys(config.servers).join(', ');
    throw new ConfigError(`there is no server ${sid} in the configuration: ${known}`);
  }
  return member;
};

/** What belongs to the server that is being started, and is closed with it. */
interface Started {
  readonly options: NodeOptions;
  readonly member: Member;
  readonly spec: Config;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly closers: (() => Promise<void>)[];
}

const openStorage = async (
  { options, member, spec, metrics, logger, closers }: Started,
  failed: (error: unknown) => void,
): Promise<DiskStorage> => {
  const full = (message: string | null): void => {
    metrics.diskFull(message !== null);
    if (message === null) logger.info('the disk has room again');
    else logger.error({ message }, 'the disk is full: nothing is acknowledged until there is room');
  };
  const { dataFolder: folder } = member;
  const { sid } = options;
  const storage = await DiskStorage.open({ folder, sid, window: spec.window, events: { full, failed } });
  closers.push(storage.close);
  return storage;
};

const expressOf = ({ servers }: EnsembleConfig): Readonly<Record<Sid, HostPort>> =>
  Object.fromEntries(
    Object.entries(servers).flatMap(([sid, { express }]) => (express === null ? [] : [[sid, express]])),
  );

const openNetwork = async (
  { options: { config, sid }, metrics, closers }: Started,
  boot: number,
): Promise<UdpNetwork> => {
  const network = await UdpNetwork.open({
    sid,
    addresses: Object.fromEntries(Object.entries(config.servers).map(([other, { peer }]) => [other, peer])),
    express: expressOf(config),
    key: config.key,
    boot,
    now: systemClock.now,
    dropped: (reason) => metrics.dropped.inc({ reason }),
  });
  closers.push(() => network.closed());
  return network;
};

/** Logs, metrics and, if asked for, the recording. */
const hooksOf = ({ options, spec, metrics, logger, closers }: Started, boot: number): Hooks => {
  const { sid, traceFolder } = options;
  if (traceFolder === undefined) return joinHooks(logHooks(logger), metrics.hooks());
  const recorder = new Recorder(spec, sid, traceFolder, boot, (error) =>
    logger.error({ err: error }, 'the recording has ended; the server goes on'),
  );
  closers.push(() => recorder.close());
  return joinHooks(logHooks(logger), metrics.hooks(), recorder.hooks());
};

/** Clients and whoever watches. */
const openPorts = async (
  { options: { config, machine }, member, metrics, closers }: Started,
  server: Server,
  tree: Tree,
  boot: number,
): Promise<ClientPort | null> => {
  let port: ClientPort | null = null;
  if (member.client !== null && machine === undefined) {
    port = await ClientPort.open({
      service: serviceOf(server, tree, boot),
      ...member.client,
      secret: config.key ?? OPEN_SECRET,
      served: (tookMs, isWrite) => metrics.served(tookMs, isWrite),
    });
    closers.push(port.close.bind(port));
  }
  metrics.watch(server, () => port?.connections ?? 0);
  if (member.http !== null) closers.push(closerOf(await openStatus(server, metrics, member.http)));
  return port;
};

const startNode = async (
  options: NodeOptions,
  closers: (() => Promise<void>)[],
  made: (server: Server, logger: Logger) => Node,
): Promise<Node> => {
  const { config, sid } = options;
  const logger = options.logger ?? pino({ level: config.level, base: { sid } });
  const [member, spec, metrics] = [memberOf(config, sid), specConfigOf(config), new Metrics()];
  const started: Started = { options, member, spec, metrics, logger, closers };
  const storage = await openStorage(started, (error) => {
    logger.fatal({ err: error }, 'the disk failed');
    server.stop();
    options.failed?.(error);
  });
  const { boot } = storage;
  const network = await openNetwork(started, boot);
  const tree = new Tree();
  const own: Hooks = {
    stepped: (before, _, { server: state }) => {
      if (before !== null && before.state !== 'LOOKING' && state.state === 'LOOKING') port?.dropAll();
    },
    failed: (error) => {
      port?.dropAll();
      options.failed?.(error);
    },
  };
  const server: Server = new Server({
    sid,
    boot,
    config: spec,
    timings: config.timings,
    clock: systemClock,
    network,
    storage,
    machine: options.machine ?? tree,
    imageEvery: config.imageEvery,
    hooks: joinHooks(own, hooksOf(started, boot)),
  });
  const port: ClientPort | null = await openPorts(started, server, tree, boot);
  server.start();
  return made(server, logger);
};

const closerOf = (http: HttpServer) => (): Promise<void> =>
  new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });

const MODES = {
  LOOKING: 'looking',
  LEADING: 'leader',
  FOLLOWING: 'follower',
  OBSERVING: 'observer',
} as const;

const serviceOf = (server: Server, tree: Tree, boot: number) => ({
  sid: server.sid,
  boot,
  tree,
  get isServing() {
    return server.isServing;
  },
  get applied() {
    return server.applied;
  },
  get outstanding() {
    return server.outstanding;
  },
  get mode() {
    return server.state === null ? 'looking' : MODES[server.state.state];
  },
  get phase() {
    const { state } = server;
    return state === null || state.state === 'LOOKING' ? 'election' : state.phase.toLowerCase();
  },
  get syncedFollowers() {
    const { state } = server;
    if (state?.state !== 'LEADING') return null;
    return Object.values(state.learners).filter(({ stage }) => stage === 'active').length;
  },
  submit: server.submit.bind(server),
});
