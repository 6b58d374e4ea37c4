/** The protocol's other side in this process: which request asks what of a server, and how its state is told. */
import type { Disk } from '../../spec/disk.js';
import { recover } from '../../spec/disk.js';
import type { Server } from '../../spec/server.js';
import type { Asked, Output } from './protocol.js';
import type { Replies } from './serve.js';

type Of<Op extends Asked['op']> = Extract<Asked, { op: Op }>;
export type Reset = Of<'reset'>;
export type Deliver = Of<'deliver'>;
export type Do = Of<'do'>;

export abstract class Adapter implements Replies {
  /** What it has put out since it was last asked. */
  protected out: Output[] = [];

  protected abstract hello(): Record<string, unknown>;
  protected abstract observed(): unknown;
  protected abstract reset(asked: Reset): void;
  protected abstract deliver(asked: Deliver): void;
  protected abstract do(asked: Do): void;
  /** What follows at once from what was asked. */
  protected abstract settle(): void;

  reply(asked: Asked): Record<string, unknown> {
    switch (asked.op) {
      case 'hello':
        return this.hello();
      case 'observe':
        return { state: this.observed() };
      case 'stop':
        return {};
      case 'reset':
        this.reset(asked);
        break;
      case 'deliver':
        this.deliver(asked);
        break;
      case 'do':
        this.do(asked);
        break;
      case 'wait':
        break;
    }
    this.settle();
    const out = this.out;
    this.out = [];
    return { out, quiet: true };
  }
}

/** What is observed of a server, null while it is down, and of its disk. */
export const observedOf = (server: Server | null, disk: Disk): Record<string, unknown> => {
  const { acceptedEpoch, currentEpoch, history } = recover(disk);
  const durable = { acceptedEpoch, currentEpoch, log: history.entries };
  if (server === null) return { state: 'DOWN', disk: durable };
  return {
    state: server.state,
    ...(server.state !== 'LOOKING' && { phase: server.phase }),
    ...('leader' in server && { leader: server.leader }),
    acceptedEpoch: server.acceptedEpoch,
    currentEpoch: server.currentEpoch,
    history: server.history.entries,
    committed: server.committed,
    vote: server.vote,
    disk: durable,
  };
};
