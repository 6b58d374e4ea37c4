/** The ensembles that walks begin with: sizes, and disks as a crash of an earlier life may have left them. */
import type { Random } from '../../checker/simulate/random.js';
import type { Sid } from '../../spec/zxid.js';
import type { Capability, WireDisk } from './protocol.js';
import { diskOf } from './scenarios.js';
import type { Setup } from './trial.js';

const SIZES: readonly (readonly [number, number])[] = [
  [3, 0],
  [3, 1],
  [2, 1],
  [5, 0],
];

/** What some earlier epochs have left: a history that all agree on, and what came behind it here and there. */
const HISTORIES: readonly (readonly string[])[] = [
  ['', '', ''],
  ['1:1', '1:1', '1:1'],
  ['1:1', '1:1 1:2', ''],
  ['1:1 1:2 1:3', '1:1 1:2', '1:1 2:1'],
  ['1:1 1:2', '1:1 2:1 2:2', '1:1'],
  ['1:1 2:1 2:2', '1:1 2:1', '1:1 1:2 1:3'],
  ['1:1 1:2 2:1', '1:1 1:2', '1:1 1:2 2:1 2:2'],
];

const someDisk = (random: Random, history: readonly string[]): WireDisk => {
  const disk = diskOf(history[random.below(history.length)]!);
  const currentEpoch = disk.currentEpoch + (random.below(4) === 0 ? 1 : 0);
  return { ...disk, currentEpoch, acceptedEpoch: currentEpoch + random.below(3) };
};

/** As far as the adapter can do it. */
export const someSetup = (random: Random, can: (capability: Capability) => boolean): Setup => {
  const [voters, observers] = SIZES[random.below(SIZES.length)]!;
  const hold = random.below(2) === 0;
  const history = HISTORIES[random.below(HISTORIES.length)]!;
  const behind = can('observers') ? observers : 0;
  const sids: readonly Sid[] = Array.from({ length: voters + behind }, (_, i) => i + 1);
  const disks = Object.fromEntries(sids.map((sid) => [sid, someDisk(random, history)]));
  return {
    voters: sids.slice(0, voters),
    observers: sids.slice(voters),
    hold: hold && can('hold'),
    disks: can('disk') && history[0] !== '' ? disks : {},
  };
};
