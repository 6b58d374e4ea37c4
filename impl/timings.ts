/** How long a server waits for what. ZooKeeper's names where it has them; all times in milliseconds. */

export interface Timings {
  /** The unit of the limits; a leader pings twice a tick. ZooKeeper: tickTime. */
  readonly tickMs: number;
  /** Ticks that a learner or its leader may be silent until they are in broadcast. */
  readonly initLimit: number;
  /** Ticks that they may be silent from then on, and that a leader may be without a quorum. */
  readonly syncLimit: number;
  /** How long a better vote is waited for, once a quorum agrees. */
  readonly finalizeWaitMs: number;
  /** First interval between votes that are sent again; it doubles up to `resendMostMs`. ZooKeeper: notTimeout. */
  readonly resendMs: number;
  readonly resendMostMs: number;
}

export const defaultTimings: Timings = {
  tickMs: 500,
  initLimit: 10,
  syncLimit: 5,
  finalizeWaitMs: 200,
  resendMs: 100,
  resendMostMs: 1_600,
};

export const initMs = ({ tickMs, initLimit }: Timings): number => tickMs * initLimit;
export const syncMs = ({ tickMs, syncLimit }: Timings): number => tickMs * syncLimit;
