/** An ensemble on this machine: each server a process of its own, watched over HTTP. For trying things out, and tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sid } from '../spec/zxid.js';
import { type EnsembleConfig, parseConfig } from './config.js';
import type { Health } from './status.js';
import type { Timings } from './timings.js';

export interface EnsembleOptions {
  readonly voters: number;
  readonly observers: number;
  /** Configuration, data and logs go here; an ensemble that is there already goes on. */
  readonly folder: string;
  /** Client port of server 1; the others follow. */
  readonly firstPort: number;
  readonly timings?: Partial<Timings>;
  /** What starts a server: a program and its first arguments; the configuration and the id come behind. */
  readonly command: readonly [string, ...string[]];
  readonly traceFolder?: string;
  /** A server ended that nobody had stopped. */
  readonly ended?: (sid: Sid, how: string) => void;
}

/** Apart by kind, so that each server has the same last digits in all of them. */
const PEER_OFFSET = 100;
const EXPRESS_OFFSET = 300;
const HTTP_OFFSET = 200;
const STOP_PATIENCE_MS = 5_000;
const HEALTH_PATIENCE_MS = 1_000;

const configText = ({ voters, observers, folder, firstPort, timings = {} }: EnsembleOptions): string => {
  const address = (port: number): string => `127.0.0.1:${port}`;
  const servers = Object.fromEntries(
    Array.from({ length: voters + observers }, (_, i) => [
      i + 1,
      {
        role: i < voters ? 'voter' : 'observer',
        client: address(firstPort + i),
        peer: address(firstPort + PEER_OFFSET + i),
        express: address(firstPort + EXPRESS_OFFSET + i),
        http: address(firstPort + HTTP_OFFSET + i),
        dataFolder: join(folder, `server-${i + 1}`),
      },
    ]),
  );
  return `${JSON.stringify({ servers, key: randomBytes(24).toString('hex'), timings }, null, 2)}\n`;
};

export class Ensemble {
  readonly configFile: string;
  readonly config: EnsembleConfig;
  readonly #processes = new Map<Sid, ChildProcess>();
  readonly #stopping = new Set<Sid>();

  /** @throws ConfigError for a configuration in the folder that is wrong */
  constructor(readonly options: EnsembleOptions) {
    const { folder } = options;
    mkdirSync(folder, { recursive: true });
    this.configFile = join(folder, 'ensemble.json');
    // The key stays what it was: the servers' data does too.
    if (!existsSync(this.configFile)) writeFileSync(this.configFile, configText(options), { mode: 0o600 });
    this.config = parseConfig(readFileSync(this.configFile, 'utf8'));
  }

  get sids(): readonly Sid[] {
    return Object.keys(this.config.servers).map(Number);
  }

  /** As a client wants them: host:port, separated by commas. */
  get connectString(): string {
    return this.sids
      .map((sid) => this.config.servers[sid]!.client!)
      .map(({ host, port }) => `${host}:${port}`)
      .join(',');
  }

  logFile(sid: Sid): string {
    return join(this.options.folder, `server-${sid}.log`);
  }

  start(sid: Sid): void {
    const [program, ...first] = this.options.command;
    const { traceFolder } = this.options;
    const log = openSync(this.logFile(sid), 'a');
    const args = [...first, '--config', this.configFile, '--id', String(sid)];
    const child = spawn(program, [...args, ...(traceFolder === undefined ? [] : ['--trace', traceFolder])], {
      // Over the channel a server notices that this process is gone, and ends too.
      stdio: ['ignore', log, log, 'ipc'],
    });
    this.#stopping.delete(sid);
    this.#processes.set(sid, child);
    child.once('exit', (code, signal) => {
      this.#processes.delete(sid);
      if (!this.#stopping.has(sid)) this.options.ended?.(sid, signal ?? `exit code ${code}`);
    });
  }

  isRunning(sid: Sid): boolean {
    return this.#processes.has(sid);
  }

  /** As `kill -9` does. Resolves when it is dead. */
  kill(sid: Sid): Promise<void> {
    return this.#end(sid, 'SIGKILL');
  }

  /** To freeze it and to let it go on, say. */
  signal(sid: Sid, signal: NodeJS.Signals): void {
    this.#processes.get(sid)?.kill(signal);
  }

  /** Resolves when it has ended; one that does not in time is killed. */
  async stop(sid: Sid): Promise<void> {
    const late = setTimeout(() => this.#processes.get(sid)?.kill('SIGKILL'), STOP_PATIENCE_MS);
    await this.#end(sid, 'SIGTERM');
    clearTimeout(late);
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.sids.map((sid) => this.stop(sid)));
  }

  /** Null of a server that does not answer. */
  async health(sid: Sid): Promise<Health | null> {
    const { host, port } = this.config.servers[sid]!.http!;
    try {
      const response = await fetch(`http://${host}:${port}/health`, {
        signal: AbortSignal.timeout(HEALTH_PATIENCE_MS),
      });
      return (await response.json()) as Health;
    } catch {
      return null;
    }
  }

  #end(sid: Sid, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#processes.get(sid);
    if (child === undefined) return Promise.resolve();
    this.#stopping.add(sid);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    return ended;
  }
}
