/** TCP ports of this machine: free ones, and which are being listened on. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

export const HOST = '127.0.0.1';

/** So many ports that nobody uses now. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => server.listening || once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
};

/** In /proc/net/tcp: "sl local_address rem_address st …", addresses as HEX:PORT. */
const LISTENING = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A/gm;

/** The ports that some process listens on. Asking the kernel disturbs no server; connecting to one would. */
export const listeningPorts = (): ReadonlySet<number> => {
  const found = new Set<number>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text = '';
    try {
      text = readFileSync(file, 'utf8');
    } catch {}
    for (const [, port] of text.matchAll(LISTENING)) found.add(Number.parseInt(port!, 16));
  }
  return found;
};
