/** A thread of the search: does what it is ordered to, one phase of a block at a time, and reports. */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Asker } from './asker.js';
import { Hand } from './hand.js';
import { Mailbox, Signal } from './mailbox.js';
import { Memory } from './memory.js';
import type { Order, Outfit } from './messages.js';

const reading = (asker: Asker, work: () => void): void => {
  asker.begin();
  try {
    work();
  } finally {
    asker.leave();
  }
};

const serve = (port: MessagePort, hand: Hand, asker: Asker): never => {
  for (let orders = 0; ; orders++) {
    reading(asker, () => {
      while (!asker.hasOrder(orders) && hand.goAhead());
    });
    asker.awaitOrder(orders);
    const { message } = receiveMessageOnPort(port) as { message: Order };
    const obey = (): void => port.postMessage(hand.obey(message));
    // Whoever inserts looks at no table, so that the owner may move them.
    if (message.type === 'insert') obey();
    else reading(asker, obey);
    asker.end();
  }
};

const begin = ({ port, store, program, mailbox, bell, ...outfit }: Outfit & { port: MessagePort }): never => {
  const memory = new Memory(store);
  const asker = new Asker(new Mailbox(memory.cells, mailbox, program.slots), new Signal(memory.cells, bell));
  const hand = new Hand(memory, program, asker, outfit);
  // What it has done so far counts as a report: that it is ready.
  asker.end();
  return serve(port, hand, asker);
};

begin(workerData);
