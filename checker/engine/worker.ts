/** A thread of the search: does what it is ordered to, one phase of a block at a time, and reports. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Hand } from './hand.js';
import type { Order, Outfit } from './messages.js';

const serve = (port: MessagePort, hand: Hand): void => {
  port.on('message', (order: Order) => port.postMessage(hand.obey(order)));
};

if (parentPort !== null) serve(parentPort, new Hand(workerData as Outfit));
