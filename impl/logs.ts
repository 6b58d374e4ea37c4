/** What a server writes to its log: what it does now, and what went wrong. Never a step of the hot path. */
import type { Logger } from 'pino';
import { counterOf, epochOf, type Zxid } from '../spec/zxid.js';
import type { Server as State } from '../spec/server.js';
import type { Hooks } from './hooks.js';

/** As people read it: epoch and counter. */
export const zxidText = (zxid: Zxid): string => `${epochOf(zxid)}:${counterOf(zxid)}`;

const phaseOf = (state: State): string => (state.state === 'LOOKING' ? 'ELECTION' : state.phase);

const leaderOf = (state: State): number | undefined =>
  state.state === 'LEADING' ? state.sid : 'leader' in state ? state.leader : undefined;

export const logHooks = (logger: Logger): Hooks => ({
  booted: ({ acceptedEpoch, currentEpoch, history, image }) =>
    logger.info(
      {
        acceptedEpoch,
        currentEpoch,
        last: zxidText(history.entries.at(-1)?.zxid ?? history.floor),
        image: image && zxidText(image.zxid),
      },
      'booted',
    ),
  stepped: (before, _, { handler, server, effects }) => {
    const isNew = before?.state !== server.state || phaseOf(before) !== phaseOf(server);
    if (isNew)
      logger.info(
        {
          state: server.state,
          phase: phaseOf(server),
          leader: leaderOf(server),
          epoch: server.currentEpoch,
          handler,
        },
        'peer state changed',
      );
    for (const effect of effects)
      if (effect.type === 'observe' && effect.observation.type === 'unexpected')
        logger.warn({ handler, what: effect.observation.what }, 'a peer did what no correct peer does');
  },
  imageSaved: (zxid) => logger.info({ zxid: zxidText(zxid) }, 'image saved'),
  failed: (error) => logger.fatal({ err: error }, 'stopped: going on would be guessing'),
});
