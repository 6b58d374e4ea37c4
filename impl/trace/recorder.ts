/**
 * Records what a server saw and what it did, in the trace format: each step with its event and effects, and the whole
 * state wherever its role or phase changes. A file for each life; a life that was cut short leaves one without an end.
 */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../spec/config.js';
import type { Server } from '../../spec/server.js';
import type { Event, Step } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import { TRACE_VERSION } from '../../traces/format.js';
import type { Hooks } from '../hooks.js';
import type { Stored } from '../storage.js';

/** What is recorded of a server's life, as opposed to a run of the checker's model. */
export const RECORDING_MODEL = 'zab-server';

const phaseOf = (state: Server): string => (state.state === 'LOOKING' ? '' : state.phase);

export const headerLine = (config: Config, sid: Sid, stored: Stored): object => {
  const { voters, observers, election, window } = config;
  const { acceptedEpoch, currentEpoch, history } = stored;
  return {
    format: 'zab-trace',
    version: TRACE_VERSION,
    model: RECORDING_MODEL,
    config: { sid, voters, observers, election, window },
    initial: { disk: { acceptedEpoch, currentEpoch, history } },
  };
};

export const stepLine = (
  step: number,
  before: Server | null,
  event: Event | null,
  { handler, server, effects, ignored }: Step,
): object => {
  const isNewRole = before?.state !== server.state || phaseOf(before) !== phaseOf(server);
  return {
    step,
    action: { name: handler, server: server.sid, ...(event && { event }), ...(ignored && { ignored }) },
    changed: { effects, ...(isNewRole && { server }) },
  };
};

export class Recorder {
  readonly #file: WriteStream;
  #steps = 0;

  /**
   * @param ended called if the recording breaks off, for lack of room say: the server goes on without
   * @throws if the folder cannot be written to
   */
  constructor(
    readonly config: Config,
    readonly sid: Sid,
    folder: string,
    boot: number,
    ended: (error: Error) => void,
  ) {
    mkdirSync(folder, { recursive: true });
    this.#file = createWriteStream(join(folder, `server-${sid}.${boot}.trace.ndjson`));
    this.#file.on('error', ended);
  }

  hooks(): Hooks {
    return {
      booted: (stored) => this.#line(headerLine(this.config, this.sid, stored)),
      stepped: (before, event, taken) => this.#line(stepLine(++this.#steps, before, event, taken)),
    };
  }

  close(): Promise<void> {
    this.#line({ end: true, steps: this.#steps });
    return new Promise((resolve) => this.#file.end(() => resolve()));
  }

  #line(line: object): void {
    if (!this.#file.destroyed) this.#file.write(`${JSON.stringify(line)}\n`);
  }
}
