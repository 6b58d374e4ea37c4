/** Apache ZooKeeper's own command line works against a server. Skipped where Debian's package `zookeeper` is not installed. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../config.js';
import { Node } from '../node.js';
import { freePorts, until } from '../testing.js';

const JARS = [
  'zookeeper',
  'slf4j-api',
  'slf4j-simple',
  'commons-cli',
  'jline',
  'servlet-api',
  'log4j-1.2',
].map((jar) => `/usr/share/java/${jar}.jar`);
const isInstalled = existsSync(JARS[0]!);

test.skipIf(!isInstalled)('zkCli.sh (skipped: apt-get install zookeeper)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zab-zkcli-'));
  const [peer, client] = await freePorts(2);
  const servers = { 1: { peer: `127.0.0.1:${peer}`, client: `127.0.0.1:${client}`, dataFolder: folder } };
  const node = await Node.start({
    config: parseConfig(JSON.stringify({ servers, level: 'silent' })),
    sid: 1,
  });
  try {
    await until(() => node.health.serving);
    const zkCli = async (...words: readonly string[]): Promise<string> => {
      const main = 'org.apache.zookeeper.ZooKeeperMain';
      const args = ['-cp', JARS.join(':'), main, '-server', `127.0.0.1:${client}`, ...words];
      const child = spawn('java', args, { timeout: 30_000 });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          text += chunk;
        });
      await new Promise((resolve) => child.once('close', resolve));
      return text;
    };
    expect(await zkCli('create', '/greeting', 'hello')).toContain('Created /greeting');
    expect(await zkCli('get', '/greeting')).toContain('hello');
    expect(await zkCli('set', '/greeting', 'good-day')).not.toMatch(/Exception/);
    expect(await zkCli('ls', '/')).toContain('[greeting]');
    expect(await zkCli('create', '/greeting', 'again')).toContain('Node already exists: /greeting');
    expect(await zkCli('stat', '/greeting')).toContain('dataVersion = 1');
    expect(await zkCli('delete', '/greeting')).not.toMatch(/Exception/);
    expect(await zkCli('get', '/greeting')).toContain('Node does not exist: /greeting');
  } finally {
    await node.stop();
    rmSync(folder, { recursive: true });
  }
});
