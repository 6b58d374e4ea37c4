/** How the memory that is allowed is divided among what can be put on disk. */
import type { Visited } from './visited.js';

export interface Shares {
  /** Fingerprints in memory. */
  readonly fingerprints: number;
  /** Segments in memory: of either of two frontiers, and of the tentative states. */
  readonly segments: number;
  /** Cells of each of these. */
  readonly segmentCells: number;
  /** Bytes of packed links. */
  readonly linkBytes: number;
}

/** Cells of a segment: four megabytes. (Memory that is not written to is not resident.) */
export const SEGMENT_CELLS = 1 << 20;

/** Nothing is put on disk, but for fingerprints that the address space has no place for. */
export const unlimited = (visited: Visited): Shares => ({
  fingerprints: visited.most,
  segments: Number.POSITIVE_INFINITY,
  segmentCells: SEGMENT_CELLS,
  linkBytes: Number.POSITIVE_INFINITY,
});

/** Bytes of the visited set for each fingerprint, where it is least full. */
const FINGERPRINT_BYTES = 11.5;

/** However little memory is allowed, it would make no sense to hold less. */
const LEAST_ROOM = 2 ** 24;

/** What another thread takes for itself. */
const WORKER_BYTES = 50 * 2 ** 20;

/**
 * Divides what the process does not hold already. A third is left for what cannot be put away: the memo tables, and what
 * the collector has not collected yet.
 * @param maxMemory bytes.
 */
export const sharesOf = (maxMemory: number, workers = 1): Shares => {
  const taken = process.memoryUsage.rss() + (workers - 1) * WORKER_BYTES;
  const room = Math.max(LEAST_ROOM, maxMemory - taken);
  const segmentBytes = Math.min(4 * SEGMENT_CELLS, 2 ** Math.floor(Math.log2(room / 128)));
  return {
    fingerprints: Math.floor((0.4 * room) / FINGERPRINT_BYTES),
    segments: Math.floor((0.07 * room) / segmentBytes),
    segmentCells: segmentBytes / 4,
    linkBytes: Math.floor(0.05 * room),
  };
};
