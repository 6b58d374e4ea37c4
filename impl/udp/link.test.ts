/** An end of a link whose stream says nothing. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { UDXStream } from 'udx-native';
import { UdpLink } from './link.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

let beat: () => void;

const openedTo = (host: string): UdpLink =>
  new UdpLink({
    peer: 2,
    role: 'leader',
    stream: Object.assign(new EventEmitter(), { id: 1, destroy: () => {} }) as unknown as UDXStream,
    secret: Buffer.alloc(32),
    id: Buffer.alloc(16),
    address: { host, port: 9 },
    remote: 1,
    transmit: null,
    now: () => performance.now(),
    atNextBeat: (task) => void (beat = task),
    ended: () => {},
    malformed: () => {},
  });

test('where there is no path to a peer it is not probed', async () => {
  // The system connects no socket to all hosts at once.
  const link = openedTo('255.255.255.255');
  await new Promise((resolve) => setTimeout(resolve, 50));
  vi.advanceTimersByTime(1_000);
  expect(beat).not.toThrow();
  expect(link.isOpen).toBe(true);
  link.close();
});
