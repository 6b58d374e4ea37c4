/** Named configurations, pinned: a change of a count has to be explained. */
import type { Preset } from '../definition.js';

export const zabPresets: readonly Preset[] = [
  {
    name: 'default',
    summary: 'three servers, Fast Leader Election message by message, one crash, one write',
    suite: true,
    config: {},
  },
];
