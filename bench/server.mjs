/**
 * Writes a second, latencies, and the time from kill -9 of the leader to the next committed write: this project's
 * server and Apache ZooKeeper 3.8 (Debian's package), three servers each, on this machine, by the same client program.
 * Both flush every write. Run `npm run build` first; `node bench/server.mjs [zab|zookeeper] [--seconds N]`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, measure } from './server-client.mjs';

const ROWS = [1, 16, 256].flatMap((outstanding) => [100, 1024].map((bytes) => ({ outstanding, bytes })));
const FAILOVERS = 5;
const SIDS = [1, 2, 3];

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

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

/** Processor time that these processes have used, in milliseconds; a figure that a busy machine leaves alone. */
const cpuOf = (processes) =>
  processes.reduce((sum, { pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * 10;
  }, 0);

const leaderOf = async (ports) => {
  const modes = await Promise.all(ports.map(modeOf));
  return modes.indexOf('leader');
};

const serving = async (ports) => {
  for (let i = 0; i < 300; i++) {
    const modes = await Promise.all(ports.map(modeOf));
    if (modes.every((mode) => mode !== null)) return;
    await sleep(100);
  }
  throw new Error('the ensemble does not serve');
};

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
        client: `127.0.0.1:${base + sid}`,
        dataFolder: join(folder, String(sid)),
      },
    ]),
  );
  const file = join(folder, 'ensemble.json');
  writeFileSync(file, JSON.stringify({ servers, key: 'the key of a benchmark', level: 'warn' }));
  const command = fileURLToPath(new URL('../dist/bin/zab.js', import.meta.url));
  return (sid) =>
    start(folder, sid, process.execPath, [command, 'serve', '--config', file, '--id', String(sid)]);
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

/** Milliseconds from the kill to the first write that is acknowledged after it. */
const failover = async (ports, kill) => {
  const at = await leaderOf(ports);
  const survivors = ports.filter((_, i) => i !== at);
  const killed = performance.now();
  kill(at);
  for (let i = 0; ; i++) {
    try {
      const client = await Client.connect(survivors[i % survivors.length]);
      const error = await Promise.race([
        client.setData('/bench-0', Buffer.from('x')),
        sleep(5_000).then(() => Promise.reject(new Error('late'))),
      ]);
      client.close();
      if (error === 0) return { at, tookMs: performance.now() - killed };
    } catch {
      await sleep(5);
    }
  }
};

const bench = async (name, make, base, seconds) => {
  const folder = mkdtempSync(resolve('bench-'));
  const startServer = make(folder, base);
  const processes = SIDS.map(startServer);
  const ports = SIDS.map((sid) => base + sid);
  try {
    await serving(ports);
    for (const row of ROWS) {
      const before = cpuOf(processes);
      const result = await measure({ ports, ...row, durationMs: seconds * 1_000 });
      const { outstanding, bytes, writesPerSecond, p50, p99, writes } = result;
      const cpu = ((cpuOf(processes) - before) / writes) * 1_000;
      console.log(
        `${name.padEnd(10)} ${String(outstanding).padStart(4)} outstanding ${String(bytes).padStart(5)} B  ${String(writesPerSecond).padStart(6)}/s  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms  ${cpu.toFixed(0)} µs of processor a write`,
      );
    }
    const times = [];
    for (let i = 0; i < FAILOVERS; i++) {
      const { at, tookMs } = await failover(ports, (leader) => processes[leader].kill('SIGKILL'));
      times.push(tookMs);
      processes[at] = startServer(SIDS[at]);
      await serving(ports);
      await sleep(1_000);
    }
    times.sort((a, b) => a - b);
    console.log(
      `${name.padEnd(10)} from kill -9 of the leader to the next write: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`,
    );
  } finally {
    for (const process of processes) process.kill('SIGKILL');
    await sleep(300);
    rmSync(folder, { recursive: true, force: true });
  }
};

const [which] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const seconds = Number(process.argv[process.argv.indexOf('--seconds') + 1]) || 5;
if (which !== 'zookeeper') await bench('zab', zab, 26_180, seconds);
if (which !== 'zab') {
  if (existsSync(JARS[0])) await bench('zookeeper', zookeeper, 26_280, seconds);
  else console.log('zookeeper  is not installed: apt-get install -y --no-install-recommends zookeeper');
}
