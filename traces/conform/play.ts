/** Plays one test to its end, whatever the end is, and says which it was. */
import type { Rules } from '../../spec/rules.js';
import type { Hosts } from './hosts.js';
import { AdapterError, NotSupported } from './process.js';
import { type Action, type Setup, Trial } from './trial.js';
import { Deviation, type Exchange, Undecided } from './watched.js';

interface Common {
  readonly setup: Setup;
  readonly actions: readonly Action[];
  readonly exchanges: readonly Exchange[];
  readonly handlers: ReadonlyMap<string, number>;
}

export type Played = Common &
  (
    | { readonly kind: 'passed' }
    | { readonly kind: 'failed'; readonly deviation: Deviation }
    /** The adapter hangs, dies, or prints what is no reply. */
    | { readonly kind: 'broken'; readonly message: string }
    | { readonly kind: 'not supported' | 'inconclusive'; readonly message: string }
  );

/** @param play what happens once all servers are up */
export const playTest = async (
  hosts: Hosts,
  rules: Rules,
  setup: Setup,
  play: (trial: Trial) => Promise<void>,
): Promise<Played> => {
  const trial = new Trial(setup, await hosts.of([...setup.voters, ...setup.observers]), rules);
  const { actions, exchanges, handlers } = trial;
  const common: Common = { setup, actions, exchanges, handlers };
  try {
    await trial.start();
    await play(trial);
    return { ...common, kind: 'passed' };
  } catch (error) {
    if (error instanceof Deviation) return { ...common, kind: 'failed', deviation: error };
    if (error instanceof Undecided) return { ...common, kind: 'inconclusive', message: error.message };
    if (error instanceof NotSupported) return { ...common, kind: 'not supported', message: error.message };
    if (!(error instanceof AdapterError)) throw error;
    await hosts.renew();
    return { ...common, kind: 'broken', message: error.message };
  }
};

/** The same actions again; what is not possible any more is passed over. */
export const replay = (
  hosts: Hosts,
  rules: Rules,
  { setup, actions }: { readonly setup: Setup; readonly actions: readonly Action[] },
): Promise<Played> =>
  playTest(hosts, rules, setup, async (trial) => {
    for (const action of actions) await trial.tryTo(action);
  });
