/** How sharp a suite is: which of the specification's planted defects each tier notices in our own server. */
import { defects } from '../../../spec/defects.js';
import { rulesOf } from '../../../spec/variants.js';
import { inProcess } from '../hosts.js';
import { Reference } from '../reference.js';
import { type Suite, TIERS, type Tier } from './format.js';
import { isKilled } from './play.js';

export interface Kills {
  readonly tier: Tier;
  readonly of: number;
  /** Defects that no vector of the tier notices. */
  readonly survivors: readonly string[];
}

export const killsOf = async (suite: Suite, tiers: readonly Tier[] = TIERS): Promise<readonly Kills[]> => {
  const kills: Kills[] = [];
  for (const tier of tiers) {
    const survivors: string[] = [];
    for (const { name } of defects) {
      const hosts = inProcess(() => new Reference(name, rulesOf('zab', [name])));
      if (!(await isKilled(hosts, rulesOf('zab'), suite.tiers[tier]))) survivors.push(name);
    }
    kills.push({ tier, of: defects.length, survivors });
  }
  return kills;
};
