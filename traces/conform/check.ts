/**
 * `--check-adapter`: whether an adapter keeps to the protocol, before anybody asks whether its server keeps to Zab. One
 * server goes through a short life; each check names what it asked and what is missing. What the adapter cannot do is
 * not tried, and said so.
 */

import { AdapterError, AdapterProcess, NotSupported, type ProcessOptions } from './process.js';
import type { Asked, Capability, Hello, Observed, Observes, Outcome, Output, WireDisk } from './protocol.js';
import { NO_DISK } from './protocol.js';

export interface CheckedPart {
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'not supported';
  readonly detail?: string;
}

export interface AdapterCheck {
  readonly verdict: 'passed' | 'failed';
  readonly adapter: Hello | null;
  readonly parts: readonly CheckedPart[];
}

/** Adapters that are not quiet are asked again so often. */
export const MOST_WAITS = 1000;
const EXIT_WITHIN_MS = 5000;

class Unfit extends Error {}

const demand = (condition: boolean, what: string): void => {
  if (!condition) throw new Unfit(what);
};

const aVote = (leader: number, zxid: readonly [number, number] = [0, 0]): Asked => ({
  op: 'deliver',
  from: leader,
  notification: {
    state: 'LOOKING',
    leader,
    zxid: [zxid[0], zxid[1]],
    peerEpoch: zxid[0],
    electionEpoch: 1,
  },
});

const fieldsOf: Partial<Record<Observes, readonly (keyof Observed)[]>> = {
  epochs: ['acceptedEpoch', 'currentEpoch'],
  history: ['history'],
  committed: ['committed'],
  vote: ['vote'],
  disk: ['disk'],
};

const GIVEN: WireDisk = {
  acceptedEpoch: 3,
  currentEpoch: 2,
  log: [
    { zxid: [1, 1], payload: 'a', origin: 1 },
    { zxid: [2, 1], payload: 'b', origin: 2 },
  ],
};

class Checker {
  readonly parts: CheckedPart[] = [];

  constructor(readonly adapter: AdapterProcess) {}

  can(capability: Capability): boolean {
    return this.adapter.hello.capabilities.includes(capability);
  }

  tells(observes: Observes): boolean {
    return this.adapter.hello.observes.includes(observes);
  }

  /** @throws AdapterError: after one of those nothing else can be asked */
  async part(name: string, run: () => Promise<void>, needs?: Capability): Promise<void> {
    if (needs !== undefined && !this.can(needs)) {
      this.parts.push({ name, verdict: 'not supported', detail: `the capability ${needs} is not claimed` });
      return;
    }
    try {
      await run();
      this.parts.push({ name, verdict: 'passed' });
    } catch (error) {
      if (error instanceof NotSupported)
        this.parts.push({ name, verdict: 'not supported', detail: error.message });
      else if (error instanceof Unfit || error instanceof AdapterError)
        this.parts.push({ name, verdict: 'failed', detail: error.message });
      if (!(error instanceof Unfit || error instanceof NotSupported)) throw error;
    }
  }

  /** Asks, and asks again until the adapter is quiet. */
  async act(request: Asked): Promise<readonly Output[]> {
    const out: Output[] = [];
    let outcome: Outcome = await this.adapter.act(request);
    out.push(...outcome.out);
    for (let waits = 0; !outcome.quiet; waits++) {
      demand(waits < MOST_WAITS, `still not quiet after it was asked ${MOST_WAITS} times to wait`);
      outcome = await this.adapter.act({ op: 'wait' });
      out.push(...outcome.out);
    }
    return out;
  }

  reset(disk: WireDisk = NO_DISK, hold = false): Promise<readonly Output[]> {
    return this.act({ op: 'reset', sid: 3, voters: [1, 2, 3], observers: [], disk, hold });
  }

  async is(state: Observed['state'], hint: string): Promise<Observed> {
    const seen = await this.adapter.observe();
    demand(seen.state === state, `observe says ${seen.state} where ${state} is due: ${hint}`);
    return seen;
  }

  /** Server 3 of three, with the votes of the two others. */
  async lead(): Promise<void> {
    await this.reset();
    await this.act(aVote(1));
    await this.act(aVote(2));
    for (const from of [1, 2]) await this.act({ ...aVote(3), op: 'deliver', from });
    await this.act({ op: 'do', event: 'FinalizeWait' });
    await this.is('LEADING', 'both others vote for it, and the wait for a better vote is over');
  }

  /** Follower 1 goes through discovery and synchronization. */
  async serve(): Promise<void> {
    await this.lead();
    await this.act({ op: 'do', event: 'Accepted', peer: 1 });
    const say = (message: NonNullable<Extract<Asked, { op: 'deliver' }>['message']>) =>
      this.act({ op: 'deliver', from: 1, message });
    await say({ type: 'FOLLOWERINFO', acceptedEpoch: 0 });
    await say({ type: 'ACKEPOCH', currentEpoch: 0, lastZxid: [0, 0] });
    await say({ type: 'ACK', zxid: [1, 0] });
  }
}

const checkLooking = async (checker: Checker): Promise<void> => {
  const out = await checker.reset();
  const told = out.flatMap((one) => (one.type === 'notify' ? [one.to] : []));
  demand(
    [1, 2].every((sid) => told.includes(sid)),
    'a server that comes up tells its vote to all other voters: outputs notify to 1 and 2 are missing',
  );
  await checker.is('LOOKING', 'a server that comes up looks for a leader');
};

const checkObserved = async (checker: Checker): Promise<void> => {
  await checker.reset();
  const seen = await checker.is('LOOKING', 'after reset');
  for (const observes of checker.adapter.hello.observes)
    for (const field of fieldsOf[observes] ?? [])
      demand(seen[field] !== undefined, `hello claims to observe ${observes}, but ${field} is missing`);
};

const checkDisk = async (checker: Checker): Promise<void> => {
  const out = await checker.reset(GIVEN);
  const vote = out.find((one) => one.type === 'notify');
  demand(vote !== undefined, 'no vote after a reset with a disk');
  if (vote?.type === 'notify')
    demand(
      String(vote.notification.zxid) === '2,1' && vote.notification.peerEpoch === 2,
      `with a log that ends at [2,1] and currentEpoch 2 the first vote says zxid [${vote.notification.zxid}], peerEpoch ${vote.notification.peerEpoch}: is the disk of reset loaded?`,
    );
  const seen = await checker.adapter.observe();
  if (checker.tells('history'))
    demand(
      JSON.stringify(seen.history?.map(({ zxid }) => zxid)) === '[[1,1],[2,1]]',
      'history is not what the disk of reset holds',
    );
  await checker.reset();
  const again = await checker.adapter.observe();
  demand(
    !checker.tells('history') || again.history?.length === 0,
    'a second reset, with an empty disk, has to forget what the first one gave',
  );
};

const checkCrash = async (checker: Checker): Promise<void> => {
  await checker.reset();
  await checker.act({ op: 'do', event: 'Crash', kept: 0 });
  await checker.is('DOWN', 'after do Crash');
  await checker.act({ op: 'do', event: 'Restart' });
  await checker.is('LOOKING', 'after do Restart');
};

const checkHold = async (checker: Checker): Promise<void> => {
  await checker.reset(NO_DISK, true);
  const led = async (): Promise<readonly Output[]> => {
    for (const from of [1, 2]) await checker.act({ ...aVote(3), op: 'deliver', from });
    await checker.act({ op: 'do', event: 'FinalizeWait' });
    await checker.act({ op: 'do', event: 'Accepted', peer: 1 });
    return checker.act({ op: 'deliver', from: 1, message: { type: 'FOLLOWERINFO', acceptedEpoch: 0 } });
  };
  const early = await led();
  demand(
    !early.some((one) => one.type === 'send' && one.message.type === 'LEADERINFO'),
    'with hold, LEADERINFO has to wait until do Flush has made the accepted epoch durable',
  );
  const later = await checker.act({ op: 'do', event: 'Flush' });
  demand(
    later.some((one) => one.type === 'send' && one.message.type === 'LEADERINFO'),
    'after do Flush the accepted epoch is durable, and LEADERINFO should come',
  );
};

const checkRequest = async (checker: Checker): Promise<void> => {
  await checker.serve();
  const out = await checker.act({ op: 'do', event: 'Request', payload: 'w1' });
  demand(
    out.some((one) => one.type === 'send' && one.message.type === 'PROPOSAL'),
    'a leader that is established proposes what a client writes: no output send PROPOSAL',
  );
};

const checkLife = async (checker: Checker): Promise<void> => {
  await checker.part('reset: a server comes up and tells its vote', () => checkLooking(checker));
  await checker.part('observe: every field that hello claims', () => checkObserved(checker));
  await checker.part('reset: with what is on its disk', () => checkDisk(checker), 'disk');
  await checker.part('deliver: votes elect server 3', () => checker.lead(), 'finalizeWait');
  await checker.part('do Accepted, deliver: a follower joins', () => checker.serve(), 'finalizeWait');
  await checker.part('do Request: a write is proposed', () => checkRequest(checker), 'request');
  await checker.part(
    'do Tick',
    async () => {
      await checker.serve();
      await checker.act({ op: 'do', event: 'Tick' });
    },
    'tick',
  );
  await checker.part(
    'do Closed, do Timeout: the leader gives up',
    async () => {
      await checker.serve();
      await checker.act({ op: 'do', event: 'Closed', peer: 1 });
      await checker.act({ op: 'do', event: 'Timeout' });
      await checker.is('LOOKING', 'after do Timeout');
    },
    'timeout',
  );
  await checker.part(
    'do Resend: the vote is sent again',
    async () => {
      await checker.reset();
      const out = await checker.act({ op: 'do', event: 'Resend' });
      demand(
        out.some(({ type }) => type === 'notify'),
        'no output notify',
      );
    },
    'resend',
  );
  await checker.part('do Crash, do Restart', () => checkCrash(checker), 'crash');
  await checker.part(
    'hold, do Flush: nothing is said before it is durable',
    () => checkHold(checker),
    'hold',
  );
  await checker.part(
    'reset: an observer',
    async () => {
      const reset: Asked = {
        op: 'reset',
        sid: 3,
        voters: [1, 2],
        observers: [3],
        disk: NO_DISK,
        hold: false,
      };
      await checker.act(reset);
      await checker.is('LOOKING', 'an observer looks for a leader, too');
    },
    'observers',
  );
  await checker.part('wait: nothing comes of nothing', async () => {
    const out = await checker.act({ op: 'wait' });
    demand(out.length === 0, 'outputs after it had said that it is quiet');
  });
};

/** Never throws for what the adapter does. */
export const checkAdapter = async (command: string, options: ProcessOptions): Promise<AdapterCheck> => {
  const name = 'hello';
  let adapter: AdapterProcess;
  try {
    adapter = await AdapterProcess.start(command, options);
  } catch (error) {
    if (!(error instanceof AdapterError || error instanceof NotSupported)) throw error;
    return { verdict: 'failed', adapter: null, parts: [{ name, verdict: 'failed', detail: error.message }] };
  }
  const checker = new Checker(adapter);
  checker.parts.push({ name, verdict: 'passed' });
  try {
    await checkLife(checker);
    await checker.part('stop: it ends, with exit code 0', async () => {
      await adapter.raw({ op: 'stop' });
      const code = await adapter.ended(EXIT_WITHIN_MS);
      demand(code === 0, code === null ? 'it is still there' : `it ended with exit code ${code}`);
    });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
  } finally {
    adapter.kill();
  }
  const failed = checker.parts.some(({ verdict }) => verdict === 'failed');
  return { verdict: failed ? 'failed' : 'passed', adapter: adapter.hello, parts: checker.parts };
};
