/**
 * One server of an ensemble, whole: disk, network, state machine, client port, logs and metrics around the driver of the
 * reducer. `zab serve` runs one of these; so may any program.
 */
import type { Server as HttpServer } from 'node:http';
import { type Logger, pino } from 'pino';
import type { Sid } from '../spec/zxid.js';
import { systemClock } from './clock.js';
import { ConfigError, type EnsembleConfig, type Member, specConfigOf } from './config.js';
import { DiskStorage } from './disk/storage.js';
import { joinHooks } from './hooks.js';
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

const startNode = async (
  {
    config,
    sid,
    traceFolder,
    logger = pino({ level: config.level, base: { sid } }),
    ...options
  }: NodeOptions,
  closers: (() => Promise<void>)[],
  made: (server: Server, logger: Logger) => Node,
): Promise<Node> => {
  const member = memberOf(config, sid);
  const spec = specConfigOf(config);
  const metrics = new Metrics();
  const fail = (error: unknown): void => {
    logger.fatal({ err: error }, 'the disk failed');
    server.stop();
    options.failed?.(error);
  };
  const storage = await DiskStorage.open({
    folder: member.dataFolder,
    sid,
    window: spec.window,
    events: {
      full: (message) => {
        metrics.diskFull(message !== null);
        if (message === null) logger.info('the disk has room again');
        else logger.error({ message }, 'the disk is full: nothing is acknowledged until there is room');
      },
      failed: fail,
    },
  });
  closers.push(storage.close);
  const { boot } = storage;
  const recorder = traceFolder === undefined ? null : new Recorder(spec, sid, traceFolder, boot);
  if (recorder) closers.push(() => recorder.close());
  const addresses = Object.fromEntries(
    Object.entries(config.servers).map(([other, { peer }]) => [other, peer]),
  );
  const network = await UdpNetwork.open({
    sid,
    addresses,
    key: config.key,
    boot,
    now: systemClock.now,
    dropped: (reason) => metrics.dropped.inc({ reason }),
  });
  closers.push(() => network.closed());
  const tree = new Tree();
  let port: ClientPort | null = null;
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
    hooks: joinHooks(
      {
        stepped: (before, _, { server: state }) => {
          if (before !== null && before.state !== 'LOOKING' && state.state === 'LOOKING') port?.dropAll();
        },
        failed: (error) => options.failed?.(error),
      },
      logHooks(logger),
      metrics.hooks(),
      ...(recorder ? [recorder.hooks()] : []),
    ),
  });
  if (member.client !== null && options.machine === undefined) {
    port = await ClientPort.open({
      service: serviceOf(server, tree, boot),
      ...member.client,
      secret: config.key ?? OPEN_SECRET,
      served: (tookMs, isWrite) => metrics.served(tookMs, isWrite),
    });
    closers.push(() => port!.close());
  }
  metrics.watch(server, () => port?.connections ?? 0);
  if (member.http !== null) closers.push(closerOf(await openStatus(server, metrics, member.http)));
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
