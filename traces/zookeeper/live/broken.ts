/**
 * Which invariants the real servers broke. A run that is explained gives each server a run of the specification; what that
 * run lets an onlooker observe is held against the invariants, as the checker does.
 */
import { epochOf, type Sid, type Zxid } from '../../../spec/zxid.js';
import type { Candidate } from '../../judge/candidate.js';

export interface Broken {
  readonly invariant: string;
  readonly why: string;
}

interface Explained {
  readonly sid: Sid;
  readonly witness: Candidate | null;
}

interface Established {
  readonly epoch: number;
  readonly leader: Sid;
  readonly has: (zxid: Zxid) => boolean;
}

const text = (zxid: Zxid): string => `${epochOf(zxid)}:${zxid % 2 ** 32}`;

/** Steps of the specification that explain what a server did, oldest first, each with the state that it leads to. */
const stepsOf = (witness: Candidate | null): readonly Candidate[] => {
  const steps: Candidate[] = [];
  for (let one = witness; one?.by; one = one.by.parent) steps.push(one);
  return steps.reverse();
};

export const brokenInvariants = (servers: readonly Explained[]): readonly Broken[] => {
  const broken = new Map<string, Broken>();
  const add = (invariant: string, why: string): void => {
    if (!broken.has(invariant)) broken.set(invariant, { invariant, why });
  };
  const committed = new Set<Zxid>();
  const established: Established[] = [];
  for (const { sid, witness } of servers)
    for (const { by, server } of stepsOf(witness))
      for (const effect of by!.effects) {
        if (effect.type === 'deliver') committed.add(effect.txn.zxid);
        if (effect.type !== 'observe') continue;
        const { observation } = effect;
        // In which order a server's threads took their turns is a guess, and no evidence.
        if (observation.type === 'unexpected' && by!.hidden !== 'turn')
          add('NoUnexpected', `server ${sid}: ${observation.what}`);
        if (observation.type === 'established') {
          const { epoch, leader, history } = observation;
          const floor = server?.history.floor ?? 0;
          const has = (zxid: Zxid): boolean => zxid <= floor || history.some((txn) => txn.zxid === zxid);
          established.push({ epoch, leader, has });
        }
      }
  for (const { epoch, leader, has } of established) {
    const lost = [...committed].find((zxid) => epochOf(zxid) < epoch && !has(zxid));
    if (lost !== undefined)
      add(
        'CommitDurability',
        `${text(lost)} was committed; server ${leader} is established as leader of epoch ${epoch} without it`,
      );
    const twice = established.some((other) => other.epoch === epoch && other.leader !== leader);
    if (twice) add('SingleLeader', `epoch ${epoch} has more than one leader`);
  }
  return [...broken.values()];
};
