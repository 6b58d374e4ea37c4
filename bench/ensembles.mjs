/**
 * Three servers on this machine, this project's or Apache ZooKeeper's (Debian's package), started alike, watched alike and
 * killed alike.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVER_FLAGS } from '../dist/bin/collector.js';
import { Client } from './server-client.mjs';

const SIDS = [1, 2, 3];

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** The mode that a server reports of itself: leader, follower, or nothing. */
const modeOf = (port) =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => done(null));
    socket.on('close', () => done(/Mode: (\w+)/.exec(text)?.[1] ?? null));
    socket.write('srvr');
  });

const start = (folder, sid, program, args) => {
  const log = openSync(join(folder, `server-${sid}.log`), 'a');
  return spawn(program, args, { stdio: ['ignore', log, log] });
};

const zab = (folder, base) => {
  const servers = Object.fromEntries(
    SIDS.map((sid) => [
      sid,
      {
        peer: `127.0.0.1:${base + 10 + sid}`,
        express: `127.0.0.1:${base + 20 + sid}`,
        client: `127.0.0.1:${base + sid}`,
        dataFolder: join(folder, String(sid)),
      },
    ]),
  );
  const file = join(folder, 'ensemble.json');
  writeFileSync(file, JSON.stringify({ servers, key: 'the key of a benchmark', level: 'warn' }));
  const command = fileURLToPath(new URL('../dist/bin/zab.js', import.meta.url));
  const args = [...SERVER_FLAGS, command, 'serve', '--config', file, '--id'];
  return (sid) => start(folder, sid, process.execPath, [...args, String(sid)]);
};

const JARS = ['zookeeper', 'slf4j-log4j12', 'log4j-1.2', 'servlet-api'].map(
  (jar) => `/usr/share/java/${jar}.jar`,
);

const zookeeper = (folder, base) => {
  const peers = SIDS.map(
    (sid) => `server.${sid}=127.0.0.1:${base + 10 + sid}:${base + 20 + sid}:participant`,
  );
  const log4j = join(folder, 'log4j.properties');
  writeFileSync(
    log4j,
    'log4j.rootLogger=WARN, A\nlog4j.appender.A=org.apache.log4j.ConsoleAppender\nlog4j.appender.A.layout=org.apache.log4j.SimpleLayout\n',
  );
  for (const sid of SIDS) {
    const data = join(folder, String(sid));
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'myid'), String(sid));
    const lines = [
      'tickTime=500',
      'initLimit=10',
      'syncLimit=5',
      `dataDir=${data}`,
      `clientPort=${base + sid}`,
      'clientPortAddress=127.0.0.1',
      'admin.enableServer=false',
      '4lw.commands.whitelist=*',
      ...peers,
    ];
    writeFileSync(join(folder, `zoo-${sid}.cfg`), `${lines.join('\n')}\n`);
  }
  return (sid) =>
    start(folder, sid, 'java', [
      '-Xmx300m',
      '-XX:+UseSerialGC',
      '-cp',
      JARS.join(':'),
      `-Dlog4j.configuration=file:${log4j}`,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      join(folder, `zoo-${sid}.cfg`),
    ]);
};

export const hasZooKeeper = () => existsSync(JARS[0]);

const KINDS = { zab, zookeeper };

export class Ensemble {
  #startServer;
  #processes;

  /** Resolves once all three serve. */
  static async start(kind, base) {
    const ensemble = new Ensemble();
    ensemble.folder = mkdtempSync(resolve('bench-'));
    ensemble.ports = SIDS.map((sid) => base + sid);
    ensemble.#startServer = KINDS[kind](ensemble.folder, base);
    ensemble.#processes = SIDS.map(ensemble.#startServer);
    await ensemble.serves();
    return ensemble;
  }

  /** Resolves once every server has a leader or is one. */
  async serves() {
    for (let i = 0; i < 600; i++) {
      const modes = await Promise.all(this.ports.map(modeOf));
      if (modes.every((mode) => mode !== null)) return;
      await sleep(100);
    }
    throw new Error(`the ensemble does not serve; its logs are in ${this.folder}`);
  }

  /** Processor time that the servers have used, in milliseconds; a figure that a busy machine leaves alone. */
  cpuMs() {
    return this.#processes.reduce((sum, { pid }) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
      return sum + (Number(fields[11]) + Number(fields[12])) * 10;
    }, 0);
  }

  /** Milliseconds from kill -9 of the leader to the first write that is acknowledged after it. */
  async failover() {
    const modes = await Promise.all(this.ports.map(modeOf));
    const at = modes.indexOf('leader');
    const survivors = this.ports.filter((_, i) => i !== at);
    const killed = performance.now();
    this.#processes[at].kill('SIGKILL');
    const tookMs = await firstWrite(survivors, killed);
    this.#processes[at] = this.#startServer(SIDS[at]);
    await this.serves();
    return tookMs;
  }

  async stop() {
    for (const process of this.#processes) process.kill('SIGKILL');
    await sleep(300);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const firstWrite = async (ports, since) => {
  for (let i = 0; ; i++) {
    try {
      const client = await Client.connect(ports[i % ports.length]);
      const error = await Promise.race([
        client.setData('/bench-0', Buffer.from('x')),
        sleep(5_000).then(() => Promise.reject(new Error('late'))),
      ]);
      client.close();
      if (error === 0) return performance.now() - since;
    } catch {
      await sleep(5);
    }
  }
};
