/** For tests: ports that are free now, and waiting for something to become true. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const freePort = (): Promise<{ readonly port: number; readonly release: () => Promise<void> }> =>
  new Promise((resolve, reject) => {
    const tcp = createServer();
    tcp.once('error', reject);
    tcp.listen(0, '127.0.0.1', () => {
      const { port } = tcp.address() as { port: number };
      const udp = createSocket('udp4');
      const release = () => new Promise<void>((done) => udp.close(() => tcp.close(() => done())));
      udp.once('error', () => tcp.close(() => freePort().then(resolve, reject)));
      udp.bind(port, '127.0.0.1', () => resolve({ port, release }));
    });
  });

/** Free for TCP and for UDP, on loopback. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const held = await Promise.all(Array.from({ length: count }, freePort));
  await Promise.all(held.map(({ release }) => release()));
  return held.map(({ port }) => port);
};

/** @throws after `patienceMs` */
export const until = async (
  condition: () => boolean | Promise<boolean>,
  patienceMs = 10_000,
  what = 'it',
): Promise<void> => {
  const end = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what} did not happen in ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
