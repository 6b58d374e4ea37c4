/** One real ZooKeeper server: its configuration, its process, its files, and what it says of itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Sid } from '../../../spec/zxid.js';
import { CLASS_PATH } from './install.js';
import { HOST } from './ports.js';
import type { Recorder } from './recorder.js';

/** Short ticks, so that a scenario takes seconds; long limits, so that a message that is held back is no reason to give up. */
const TICK_MS = 400;
const LIMIT_TICKS = 100;

export interface Peer {
  readonly sid: Sid;
  readonly isObserver: boolean;
  readonly quorumPort: number;
  readonly electionPort: number;
}

export interface ServerOptions {
  readonly sid: Sid;
  readonly folder: string;
  readonly clientPort: number;
  /** As this server is to know them; itself by its real ports. */
  readonly peers: readonly Peer[];
  readonly recorder: Recorder;
}

export interface Status {
  readonly mode: 'leader' | 'follower' | 'observer';
  readonly zxid: string;
}

const LOG4J = `log4j.rootLogger=INFO, FILE
log4j.appender.FILE=org.apache.log4j.FileAppender
log4j.appender.FILE.File=\${zookeeper.log.file}
log4j.appender.FILE.layout=org.apache.log4j.PatternLayout
log4j.appender.FILE.layout.ConversionPattern=%d{ISO8601} [%t] %-5p %C{1}@%L - %m%n
`;

const JAVA_FLAGS = ['-Xmx200m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** Ends the server with this process, however that ends. */
const SETPRIV = '/usr/bin/setpriv';

export class ZooKeeperServer {
  #child: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();

  constructor(readonly options: ServerOptions) {
    const { sid, folder, clientPort, peers } = options;
    const isObserver = peers.some((peer) => peer.sid === sid && peer.isObserver);
    mkdirSync(this.#data, { recursive: true });
    writeFileSync(join(this.#data, 'myid'), `${sid}\n`);
    writeFileSync(join(folder, 'log4j.properties'), LOG4J);
    const lines = [
      `tickTime=${TICK_MS}`,
      `initLimit=${LIMIT_TICKS}`,
      `syncLimit=${LIMIT_TICKS}`,
      `dataDir=${this.#data}`,
      `clientPort=${clientPort}`,
      `clientPortAddress=${HOST}`,
      'admin.enableServer=false',
      '4lw.commands.whitelist=*',
      ...(isObserver ? ['peerType=observer'] : []),
      ...peers.map(
        (peer) =>
          `server.${peer.sid}=${HOST}:${peer.quorumPort}:${peer.electionPort}:${peer.isObserver ? 'observer' : 'participant'}`,
      ),
    ];
    writeFileSync(join(folder, 'zoo.cfg'), `${lines.join('\n')}\n`);
  }

  get #data(): string {
    return join(this.options.folder, 'data');
  }

  /** Where the epochs, the logs and the snapshots are; there once the server has run. */
  get versionFolder(): string {
    return join(this.#data, 'version-2');
  }

  get logFile(): string {
    return join(this.options.folder, 'server.log');
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  start(): void {
    const { sid, folder, recorder } = this.options;
    const output = openSync(join(folder, 'output.txt'), 'a');
    const java = [
      'java',
      ...JAVA_FLAGS,
      ...['-cp', CLASS_PATH, `-Dlog4j.configuration=file:${join(folder, 'log4j.properties')}`],
      `-Dzookeeper.log.file=${this.logFile}`,
      ...['org.apache.zookeeper.server.quorum.QuorumPeerMain', join(folder, 'zoo.cfg')],
    ];
    const [command, ...args] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', ...java] : java;
    const child = spawn(command!, args, { stdio: ['ignore', output, output] });
    this.#child = child;
    recorder.add('node', { node: sid, act: 'start', pid: child.pid });
    this.#exited = new Promise((resolve) => {
      const gone = (code: number | null, signal: string | null): void => {
        if (this.#child !== child) return;
        this.#child = null;
        recorder.add('node', { node: sid, act: 'exit', code, sig: signal });
        resolve();
      };
      child.once('exit', gone);
      child.once('error', () => gone(null, null));
    });
  }

  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.#child) return;
    this.options.recorder.add('node', { node: this.options.sid, act: signal });
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited;
  }

  /** Now, without waiting; for the end of this process. */
  killNow(): void {
    this.#child?.kill('SIGKILL');
  }

  /** Of the files of epochs; null before there are any. */
  epoch(name: 'acceptedEpoch' | 'currentEpoch'): number | null {
    try {
      return Number(readFileSync(join(this.versionFolder, name), 'utf8').trim());
    } catch {
      return null;
    }
  }

  /** What it says to the word srvr; null while it does not serve. */
  async status(): Promise<Status | null> {
    const text = await this.#ask('srvr');
    const mode = /^Mode: (leader|follower|observer)/m.exec(text)?.[1] as Status['mode'] | undefined;
    const zxid = /^Zxid: (0x[0-9a-f]+)/m.exec(text)?.[1];
    return mode && zxid ? { mode, zxid } : null;
  }

  /** Records how it stands, and says so. */
  async observe(): Promise<Status | null> {
    const { sid, recorder } = this.options;
    const srvr = await this.status();
    const epoch = { accepted: this.epoch('acceptedEpoch'), current: this.epoch('currentEpoch') };
    recorder.add('state', { node: sid, srvr, epoch });
    return srvr;
  }

  #ask(word: string): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      const socket = connect({ port: this.options.clientPort, host: HOST, timeout: 2_000 });
      socket.on('connect', () => socket.write(word));
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('timeout', () => socket.destroy());
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
    });
  }
}
