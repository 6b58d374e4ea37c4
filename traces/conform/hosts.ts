/** The servers of a run: as many adapter processes as the largest ensemble needs, started once and reset for every test. */
import type { Sid } from '../../spec/zxid.js';
import { AdapterProcess, type Host, type ProcessOptions } from './process.js';
import { hello, observation, outcome, PROTOCOL_VERSION } from './protocol.js';
import type { Replies } from './serve.js';

export interface Hosts {
  /** Hosts for these servers. @throws AdapterError if one does not start */
  readonly of: (sids: readonly Sid[]) => Promise<ReadonlyMap<Sid, Host>>;
  /** Gives up those that there are: after an adapter has failed, the next test starts new ones. */
  readonly renew: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Servers made by a function, kept by sid. */
const keeping = (make: () => Promise<Host>, end: (host: Host) => Promise<void>): Hosts => {
  const kept = new Map<Sid, Host>();
  const stop = async (): Promise<void> => {
    const hosts = [...kept.values()];
    kept.clear();
    await Promise.all(hosts.map(end));
  };
  return {
    of: async (sids) => {
      for (const sid of sids) if (!kept.has(sid)) kept.set(sid, await make());
      return new Map(sids.map((sid) => [sid, kept.get(sid)!]));
    },
    renew: stop,
    stop,
  };
};

export const processes = (command: string, options: ProcessOptions): Hosts =>
  keeping(
    () => AdapterProcess.start(command, options),
    async (host) => {
      try {
        await host.stop();
      } catch {
        // It may be what failed; it has been killed by now.
      }
    },
  );

/** An adapter in this process. Its replies go through the same schemas. */
export const inProcess = (make: () => Replies): Hosts => {
  const host = (adapter: Replies): Host => ({
    hello: hello.parse({ id: 1, ...adapter.reply({ op: 'hello', protocol: PROTOCOL_VERSION }) }),
    act: async (asked) => outcome.parse({ id: 1, ...adapter.reply(asked) }),
    observe: async () => observation.parse({ id: 1, ...adapter.reply({ op: 'observe' }) }).state,
    stop: async () => {},
  });
  return keeping(
    async () => host(make()),
    async () => {},
  );
};
