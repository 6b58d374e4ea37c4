/**
 * Real servers with a proxy between them, and what a script of a scenario does with them. Everything that happens is
 * recorded as a capture. Whatever becomes of the script, the servers are killed and their files removed.
 */
import { mkdirSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sid } from '../../../spec/zxid.js';
import { Client } from './client.js';
import { freePorts } from './ports.js';
import { type Channel, type Hold, type Passing, ControllingProxy, type Route, type Rule } from './proxy.js';
import { Recorder } from './recorder.js';
import { type Peer, ZooKeeperServer } from './server.js';

/** Something that a script waited for did not come: the run says nothing about the protocol. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 40;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Size {
  readonly voters: number;
  readonly observers?: number;
}

export class Ensemble {
  readonly recorder = new Recorder();
  readonly sids: readonly Sid[];
  readonly voters: readonly Sid[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'zab-zookeeper-'));
  readonly #servers = new Map<Sid, ZooKeeperServer>();
  readonly #clientPorts = new Map<Sid, number>();
  readonly #seen: Passing[] = [];
  #proxy!: ControllingProxy;
  #clients = 0;
  #stopped = false;

  private constructor(
    { voters, observers = 0 }: Size,
    readonly interrupted: () => boolean,
  ) {
    this.sids = Array.from({ length: voters + observers }, (_, i) => i + 1);
    this.voters = this.sids.slice(0, voters);
  }

  static async create(size: Size, interrupted: () => boolean = () => false): Promise<Ensemble> {
    const ensemble = new Ensemble(size, interrupted);
    process.on('exit', ensemble.#killNow);
    await ensemble.#build();
    return ensemble;
  }

  async #build(): Promise<void> {
    const { sids, voters, recorder } = this;
    const pairs = sids.flatMap((from) => sids.filter((to) => to !== from).map((to) => [from, to] as const));
    const ports = [...(await freePorts(3 * sids.length + 2 * pairs.length))];
    const real = new Map(sids.map((sid) => [sid, { E: ports.pop()!, Q: ports.pop()! }]));
    const routes: Route[] = pairs.flatMap(([from, to]) =>
      (['E', 'Q'] as const).map((ch) => ({ ch, from, to, port: ports.pop()!, realPort: real.get(to)![ch] })),
    );
    const portOf = (ch: Channel, from: Sid, to: Sid): number =>
      from === to
        ? real.get(from)![ch]
        : routes.find((route) => route.ch === ch && route.from === from && route.to === to)!.port;
    for (const sid of sids) {
      const folder = join(this.#folder, String(sid));
      mkdirSync(folder);
      const peers = sids.map(
        (peer): Peer => ({
          sid: peer,
          isObserver: !voters.includes(peer),
          quorumPort: portOf('Q', sid, peer),
          electionPort: portOf('E', sid, peer),
        }),
      );
      const clientPort = ports.pop()!;
      this.#clientPorts.set(sid, clientPort);
      this.#servers.set(sid, new ZooKeeperServer({ sid, folder, clientPort, peers, recorder }));
    }
    this.#proxy = new ControllingProxy(routes, recorder);
    this.#proxy.watch((passing) => this.#seen.push(passing));
    this.#proxy.start();
  }

  readonly #killNow = (): void => {
    for (const server of this.#servers.values()) server.killNow();
    rmSync(this.#folder, { recursive: true, force: true });
  };

  /** Kills all, and removes what they wrote. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await Promise.all(this.sids.map((sid) => this.server(sid).kill()));
    // What the kernel still holds of their last words.
    await pause(LOOK_EVERY_MS);
    this.#proxy.stop();
    process.off('exit', this.#killNow);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  server(sid: Sid): ZooKeeperServer {
    return this.#servers.get(sid)!;
  }

  note(text: string): void {
    this.recorder.add('note', { text });
  }

  start(...sids: readonly Sid[]): void {
    for (const sid of sids) this.server(sid).start();
  }

  async kill(...sids: readonly Sid[]): Promise<void> {
    await Promise.all(sids.map((sid) => this.server(sid).kill()));
  }

  hold(rule: Rule): Hold {
    return this.#proxy.hold(rule);
  }

  /** At the very moment at which such a message is read, before it is forwarded any further. */
  once(rule: Rule, react: () => void): void {
    const stop = this.#proxy.watch((passing) => {
      if (!rule(passing)) return;
      stop();
      react();
    });
  }

  cut(a: Sid, b: Sid): void {
    this.#proxy.cut(a, b);
  }

  heal(a: Sid, b: Sid): void {
    this.#proxy.heal(a, b);
  }

  /** How many messages were read so far; from where `seen` may begin. */
  get now(): number {
    return this.#seen.length;
  }

  /** Messages read since then. */
  since(from: number): readonly Passing[] {
    return this.#seen.slice(from);
  }

  /** @throws ScriptError if it does not come true in time, or the user does not want to wait */
  async until(
    what: string,
    isTrue: () => boolean | Promise<boolean>,
    patienceMs = PATIENCE_MS,
  ): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!(await isTrue())) {
      if (this.interrupted()) throw new ScriptError('interrupted');
      if (this.#proxy.failure) throw new ScriptError(this.#proxy.failure.message);
      if (Date.now() > deadline) throw new ScriptError(`waited ${patienceMs / 1000} s in vain until ${what}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  /** @throws ScriptError */
  async seen(what: string, rule: Rule, from = 0): Promise<Passing> {
    let found: Passing | undefined;
    await this.until(what, () => (found = this.since(from).find(rule)) !== undefined);
    return found!;
  }

  /** Starts voters so that the last of them leads: every vote is held until all have told all of theirs. */
  async elect(...sids: readonly Sid[]): Promise<void> {
    const hold = this.hold(({ type }) => type === 'NOTIFICATION');
    this.start(...sids);
    const told = new Set<string>();
    const pairs = sids.flatMap((a) => sids.filter((b) => a !== b).map((b) => `${a}-${b}`));
    await this.until('every server has told all others its vote', () => {
      for (const { from, to } of hold.held()) told.add(`${from}-${to}`);
      return pairs.every((one) => told.has(one));
    });
    hold.release();
    await this.serving(...sids);
  }

  /** Waits until all of them serve, in one epoch under one leader. Returns the leader. */
  async serving(...sids: readonly Sid[]): Promise<Sid> {
    let leader: Sid | undefined;
    await this.until(`servers ${sids.join(', ')} serve`, async () => {
      const modes = await Promise.all(sids.map(async (sid) => (await this.server(sid).status())?.mode));
      const epochs = new Set(sids.map((sid) => this.server(sid).epoch('currentEpoch')));
      const leaders = sids.filter((_, i) => modes[i] === 'leader');
      leader = leaders[0];
      return leaders.length === 1 && epochs.size === 1 && modes.every((mode) => mode !== undefined);
    });
    return leader!;
  }

  async client(sid: Sid): Promise<Client> {
    const port = this.#clientPorts.get(sid)!;
    const client = await Client.connect(`c${++this.#clients}`, sid, port, this.recorder);
    if (client === null) throw new ScriptError(`server ${sid} takes no client`);
    return client;
  }

  /** What it holds at a path, as it stands: without waiting for others. */
  async read(sid: Sid, path: string): Promise<string | null | undefined> {
    const client = await this.client(sid);
    const found = await client.get(path);
    client.close();
    this.recorder.add('read', { node: sid, [path]: found ?? null });
    return found;
  }

  /** Kills a server at the very moment at which a file of its data is put in its place. */
  killOnRename(sid: Sid, name: string): { readonly done: () => boolean; readonly cancel: () => void } {
    const server = this.server(sid);
    let isDone = false;
    const watcher = watch(server.versionFolder, (_, file) => {
      if (file !== name || isDone) return;
      isDone = true;
      server.signal('SIGKILL');
      watcher.close();
    });
    return { done: () => isDone, cancel: () => watcher.close() };
  }
}
