/** The configuration file of an ensemble: one file for all its servers, JSON. Every wrong field is named. */
import { z } from 'zod';
import type { Config } from '../spec/config.js';
import { zabRules } from '../spec/rules.js';
import type { Sid } from '../spec/zxid.js';
import { defaultTimings, type Timings } from './timings.js';

/** What is wrong with a configuration, a line for each wrong field. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface Member {
  readonly role: 'voter' | 'observer';
  /** UDP, for the other servers. */
  readonly peer: HostPort;
  /** UDP, for large datagrams of links; between servers that both have it. */
  readonly express: HostPort | null;
  /** TCP, for ZooKeeper's clients. */
  readonly client: HostPort | null;
  /** HTTP: health and metrics. */
  readonly http: HostPort | null;
  readonly dataFolder: string;
}

export interface EnsembleConfig {
  readonly servers: Readonly<Record<Sid, Member>>;
  readonly key: string | null;
  readonly timings: Timings;
  readonly imageEvery: number;
  /** Of the log. */
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

const LEAST_KEY = 16;
const MOST_SID = 255;

const hostPort = z.string().transform((text, context): HostPort => {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || !(port >= 1 && port <= 65_535)) {
    context.addIssue({ code: 'custom', message: `"${text}" is no address: HOST:PORT` });
    return z.NEVER;
  }
  return { host: (parts[1] ?? parts[2])!, port };
});

const milliseconds = z.int().min(1).max(600_000);
const ticks = z.int().min(1).max(10_000);

const member = z.strictObject({
  role: z.enum(['voter', 'observer']).default('voter'),
  peer: hostPort,
  express: hostPort.nullable().default(null),
  client: hostPort.nullable().default(null),
  http: hostPort.nullable().default(null),
  dataFolder: z.string().min(1),
});

const file = z.strictObject({
  servers: z.record(z.string(), member),
  key: z.string().min(LEAST_KEY, `must have ${LEAST_KEY} characters at least`).nullable().default(null),
  timings: z
    .strictObject({
      tickMs: milliseconds.default(defaultTimings.tickMs),
      initLimit: ticks.default(defaultTimings.initLimit),
      syncLimit: ticks.default(defaultTimings.syncLimit),
      finalizeWaitMs: milliseconds.default(defaultTimings.finalizeWaitMs),
      resendMs: milliseconds.default(defaultTimings.resendMs),
      resendMostMs: milliseconds.default(defaultTimings.resendMostMs),
    })
    .prefault({}),
  imageEvery: z.int().min(10).max(10_000_000).default(10_000),
  level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** What no single field shows. */
const problemsOf = ({ servers, key }: EnsembleConfig): readonly string[] => {
  const entries = Object.entries(servers);
  const addresses = entries.flatMap(([, { peer, express, client, http }]) =>
    [
      ['udp', peer] as const,
      ['udp', express] as const,
      ['tcp', client] as const,
      ['tcp', http] as const,
    ].flatMap(([kind, address]) => (address === null ? [] : [`${kind} ${address.host}:${address.port}`])),
  );
  const twice = addresses.find((address, i) => addresses.indexOf(address) !== i);
  return [
    ...entries
      .filter(([sid]) => !/^[1-9]\d*$/.test(sid) || Number(sid) > MOST_SID)
      .map(([sid]) => `servers.${sid}: a server's id is a number from 1 to ${MOST_SID}`),
    ...(entries.some(([, { role }]) => role === 'voter') ? [] : ['servers: none of them is a voter']),
    ...(twice === undefined ? [] : [`servers: the address ${twice} is used twice`]),
    ...(key === null &&
    entries.some(([, { peer, express }]) =>
      [peer, express].some((address) => address !== null && !isLoopback(address.host)),
    )
      ? ['key: without a key the servers may talk over loopback only']
      : []),
  ];
};

/** @throws ConfigError */
export const parseConfig = (text: string): EnsembleConfig => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`not JSON: ${(error as Error).message}`);
  }
  const parsed = file.safeParse(json);
  const problems = parsed.success
    ? problemsOf(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return parsed.data!;
};

/** Every step that appends copies the window, and what is older is read from the disk. ZooKeeper: commitLogCount, 500. */
const WINDOW = 32;

/** What the reducer knows of the ensemble. */
export const specConfigOf = ({ servers }: EnsembleConfig): Config => {
  const sidsOf = (role: Member['role']): readonly Sid[] =>
    Object.entries(servers)
      .filter(([, member]) => member.role === role)
      .map(([sid]) => Number(sid))
      .sort((a, b) => a - b);
  return {
    voters: sidsOf('voter'),
    observers: sidsOf('observer'),
    election: 'fle',
    window: WINDOW,
    rules: zabRules,
  };
};
