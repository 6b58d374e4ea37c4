/**
 * The timers of a server: which of the reducer's timer events is due, by what the server does and by who was heard of
 * when. Waiting is all that is decided here; that a timer may fire at any time is the specification's.
 */
import { type Config, hasMajority } from '../spec/config.js';
import { canDecide, electors } from '../spec/election.js';
import type { Leading, Learner, Looking, Server } from '../spec/server.js';
import type { Sid } from '../spec/zxid.js';
import type { Clock } from './clock.js';
import type { Link } from './network.js';
import { initMs, syncMs, type Timings } from './timings.js';

export type Due =
  | { readonly type: 'Resend' | 'FinalizeWait' | 'Timeout' | 'Tick' }
  /** Nothing was heard of this learner for too long. */
  | { readonly type: 'Silent'; readonly peer: Sid };

const nothing = (): void => {};

export class Timers {
  #doing: Server['state'] | null = null;
  #phase: string | null = null;
  #server: Server | null = null;
  #since = 0;
  /** When a leader last had a quorum. */
  #quorumAt = 0;
  #resendMs = 0;
  #cancelRepeat = nothing;
  #waitingFor: string | null = null;
  #cancelWait = nothing;

  constructor(
    readonly config: Config,
    readonly timings: Timings,
    readonly clock: Clock,
    readonly links: ReadonlyMap<Sid, Link>,
    readonly due: (due: Due) => void,
  ) {}

  /** To be called after every step. */
  update(server: Server): void {
    const phase = server.state === 'LOOKING' ? null : server.phase;
    if (server.state !== this.#doing || phase !== this.#phase) {
      this.#since = this.#quorumAt = this.clock.now();
      this.#phase = phase;
    }
    if (server.state !== this.#doing) this.#begin(server.state);
    if (server.state === 'LOOKING') this.#considerDecision(server);
    this.#server = server;
  }

  stop(): void {
    this.#cancelRepeat();
    this.#cancelWait();
    this.#doing = null;
  }

  #begin(state: Server['state']): void {
    this.stop();
    this.#doing = state;
    this.#waitingFor = null;
    if (state === 'LOOKING') {
      this.#resendMs = this.timings.resendMs;
      this.#resendLater();
    } else this.#halfTickLater();
  }

  // --- looking

  #resendLater(): void {
    this.#cancelRepeat = this.clock.after(this.#resendMs, () => {
      this.#resendMs = Math.min(2 * this.#resendMs, this.timings.resendMostMs);
      this.#resendLater();
      this.due({ type: 'Resend' });
    });
  }

  /** The wait begins anew with every change of the vote. With all voters of one mind there is nothing to wait for. */
  #considerDecision(self: Looking): void {
    const { leader, zxid, peerEpoch, electionEpoch } = self.vote;
    const decides = canDecide(this.config, self);
    const unanimous = decides && electors(this.config, self).length === this.config.voters.length;
    const key = decides ? [leader, zxid, peerEpoch, electionEpoch, unanimous].join() : null;
    if (key === this.#waitingFor) return;
    this.#cancelWait();
    this.#waitingFor = key;
    if (key === null) return;
    this.#cancelWait = this.clock.after(unanimous ? 0 : this.timings.finalizeWaitMs, () =>
      this.due({ type: 'FinalizeWait' }),
    );
  }

  // --- leading and learning

  #halfTickLater(): void {
    const at = this.clock.now() + this.timings.tickMs / 2;
    this.#cancelRepeat = this.clock.after(this.timings.tickMs / 2, () => {
      this.#halfTickLater();
      // Whoever slept has not listened: what the others said meanwhile comes first.
      if (this.clock.now() - at > this.timings.tickMs / 2) return;
      const server = this.#server!;
      if (server.state === 'LEADING') this.#watchLearners(server);
      else if (server.state !== 'LOOKING') this.#watchLeader(server);
    });
  }

  #silentFor(link: Link | undefined): number {
    return this.clock.now() - Math.max(this.#since, link?.heardAt() ?? 0);
  }

  #watchLeader(self: Learner): void {
    const isConnecting = self.phase === 'DISCOVERY' && self.awaits === 'connection';
    const patience = self.phase === 'BROADCAST' || isConnecting ? syncMs(this.timings) : initMs(this.timings);
    if (this.#silentFor(this.links.get(self.leader)) > patience) this.due({ type: 'Timeout' });
  }

  #watchLearners(self: Leading): void {
    for (const [peer, link] of this.links) {
      const isActive = self.learners[peer]?.stage === 'active';
      const patience = isActive ? syncMs(this.timings) : initMs(this.timings);
      if (this.clock.now() - link.heardAt() > patience) this.due({ type: 'Silent', peer });
    }
    if (this.#hasQuorum(self)) this.#quorumAt = this.clock.now();
    const patience = self.phase === 'BROADCAST' ? syncMs(this.timings) : initMs(this.timings);
    if (this.clock.now() - this.#quorumAt > patience) this.due({ type: 'Timeout' });
    else this.due({ type: 'Tick' });
  }

  /** Of voters that are being synchronized or are; in discovery time alone counts. */
  #hasQuorum(self: Leading): boolean {
    if (self.phase === 'DISCOVERY') return false;
    const live = Object.entries(self.learners)
      .filter(([, { stage }]) => stage === 'syncing' || stage === 'synced' || stage === 'active')
      .map(([sid]) => Number(sid));
    return hasMajority(this.config, [self.sid, ...live]);
  }
}
