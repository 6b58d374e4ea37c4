/**
 * What the grains of the election have in common: the discovery boundary. There a leader has heard from a quorum and
 * decides the epoch that its LEADERINFO will offer, and nothing of the votes that brought it there matters any more. An
 * election grain is judged by the outcomes that reach this boundary; Fast Leader Election refines the oracle if each of
 * its outcomes is one of the oracle's.
 */
import type { Disk } from '../../spec/disk.js';
import type { Leading, Server } from '../../spec/server.js';
import type { Sid } from '../../spec/zxid.js';
import { encode } from '../canonical.js';
import { type Model, type Outcome, type Read, read, type Slot } from '../model.js';
import { type Sight, see } from './refinement-visit.js';

/** Who leads whom, and what all of them have on disk. */
export interface Boundary {
  readonly leader: Sid;
  /** What LEADERINFO will say. */
  readonly epoch: number;
  /** Those to whom it will say so. */
  readonly learners: readonly Sid[];
  /** Of every server, learner or not: what is on disk, and what is still to be written. */
  readonly disks: Readonly<Record<Sid, Disk>>;
}

const slotNamed = (model: Model, name: string): Slot<any, any> =>
  model.slots.find((slot) => slot.name === name)!;

const sidsOf = (model: Model): readonly Sid[] =>
  model.slots.flatMap(({ name }) => /^server (\d+)$/.exec(name)?.[1] ?? []).map(Number);

const undecided = (server: Server | null): boolean =>
  server?.state === 'LEADING' && server.phase === 'DISCOVERY' && server.discovery.awaits === 'FOLLOWERINFO';

/** The server that an outcome leaves in this slot, if that is a leader that has just decided its epoch. */
const decidedIn = ({ writes }: Outcome, slot: Slot<any, any>): Leading | null => {
  const write = writes.find((one) => one.slot === slot);
  const server = write && 'value' in write ? (write.value as Server | null) : null;
  return server?.state === 'LEADING' && !undecided(server) ? server : null;
};

const informedBy = ({ learners }: Leading): readonly Sid[] =>
  Object.keys(learners)
    .map(Number)
    .filter((sid) => ['waiting', 'informed'].includes(learners[sid]!.stage));

/**
 * Looks at the leader and the oldest message on its way from one learner, in every state: the delivery is the model's
 * own, so that what counts as a decision is not said here a second time. (An ensemble of one has no such boundary.)
 */
const sightOf = (model: Model, leader: Sid, learner: Sid, note: (boundary: Boundary) => void): Sight => {
  const sids = sidsOf(model);
  const server = slotNamed(model, `server ${leader}`);
  const delivery = model.groups.find(({ name }) => name === `deliver ${learner}-${leader}`)!;
  const disks: readonly Read<any>[] = sids.map((sid) => read(slotNamed(model, `disk ${sid}`)));
  return {
    reads: [...delivery.reads, ...disks],
    see: ([self, message, ...held]) => {
      if (!undecided(self as Server | null) || message === null) return;
      const [outcome] = delivery.outcomes([self, message]);
      const decided = outcome && decidedIn(outcome, server);
      if (!decided) return;
      const learners = informedBy(decided);
      const bySid = Object.fromEntries(sids.map((sid, i) => [sid, held[i] as Disk]));
      note({ leader, epoch: decided.acceptedEpoch, learners, disks: bySid });
    },
  };
};

/** Every outcome that reaches the discovery boundary, by its canonical text. The search has to end by itself. */
export const boundariesOf = async (model: Model): Promise<ReadonlyMap<string, Boundary>> => {
  const found = new Map<string, Boundary>();
  const note = (boundary: Boundary) => found.set(encode(boundary), boundary);
  const sids = sidsOf(model);
  const sights = sids.flatMap((leader) =>
    sids.filter((sid) => sid !== leader).map((learner) => sightOf(model, leader, learner, note)),
  );
  await see(model, sights);
  return found;
};

/** What one has and the other has not. */
export const missing = <T>(wanted: ReadonlyMap<string, T>, there: ReadonlyMap<string, T>): readonly T[] =>
  [...wanted].filter(([key]) => !there.has(key)).map(([, value]) => value);
