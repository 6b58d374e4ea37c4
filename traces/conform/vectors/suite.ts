/**
 * Makes the suite: a vector for every class of events that the beginnings of some state graphs show (transition cover),
 * for every pair of events around a fault, and for every defect the run that shows it, up to where its server parts
 * from the specification. The same code gives the same bytes.
 */
import { encode, same } from '../../../checker/canonical.js';
import { buildZab } from '../../../checker/zab/model.js';
import { type ZabOptions, zabSchema } from '../../../checker/zab/options.js';
import type { Config } from '../../../spec/config.js';
import { defects } from '../../../spec/defects.js';
import type { Rules } from '../../../spec/rules.js';
import type { Server } from '../../../spec/server.js';
import { rulesOf } from '../../../spec/variants.js';
import type { Sid } from '../../../spec/zxid.js';
import { corpusNames, traceFileNamed } from '../../corpus.js';
import { readTraceFile } from '../../file.js';
import type { Output } from '../protocol.js';
import { NO_DISK } from '../protocol.js';
import { WINDOW } from '../reference.js';
import { toWire } from '../wire.js';
import { coarse, fine, pair } from './classes.js';
import { idOf, type Suite, sha, type Tier, type Vector } from './format.js';
import { explore, type Met, pathTo } from './graph.js';
import { Lone, type Taken } from './lone.js';
import { type Seen, seenAlong } from './paths.js';

export interface Graph {
  readonly options: Partial<ZabOptions>;
  readonly states: number;
}

/** Where the graphs begin: from the cold, and from an ensemble at work, so that no path is long. */
export const GRAPHS: readonly Graph[] = [
  { options: { crashes: 1, txns: 1 }, states: 1500 },
  { options: { start: 'established', crashes: 1, txns: 0, elections: 2 }, states: 5000 },
  { options: { start: 'serving', crashes: 0, cuts: 1, txns: 1, elections: 1 }, states: 4000 },
  { options: { start: 'serving', crashes: 0, timeouts: 1, txns: 0, elections: 2 }, states: 1500 },
  { options: { start: 'established', crashes: 1, txns: 0, persistence: 'async' }, states: 1500 },
  { options: { crashes: 0, timeouts: 1, txns: 0 }, states: 3000 },
  { options: { servers: 1, observers: 1, crashes: 1, txns: 2 }, states: 3000 },
  { options: { servers: 2, observers: 1, crashes: 1, txns: 1 }, states: 1500 },
  { options: { election: 'fle', crashes: 1, txns: 0, duplicates: 1 }, states: 1500 },
  { options: { election: 'fle', servers: 2, observers: 1, crashes: 1, txns: 1 }, states: 1000 },
  { options: { election: 'fle', start: 'established', crashes: 1, txns: 0 }, states: 1000 },
];

const loneConfig = (options: ZabOptions, rules: Rules): Config => {
  const voters = Array.from({ length: options.servers }, (_, i) => i + 1);
  const observers = Array.from({ length: options.observers }, (_, i) => options.servers + i + 1);
  return { voters, observers, election: 'fle', window: WINDOW, rules };
};

const loneOf = (options: ZabOptions, rules: Rules, sid: Sid): Lone =>
  new Lone(loneConfig(options, rules), sid, options.persistence === 'async');

const visible = (taken: Taken): readonly Output[] =>
  taken.effects.flatMap((effect) =>
    effect.type === 'persist' || effect.type === 'observe' || effect.type === 'readLog'
      ? []
      : [toWire<Output>(effect)],
  );

const NEEDS: Readonly<Record<string, string>> = {
  FinalizeWait: 'finalizeWait',
  Resend: 'resend',
  Timeout: 'timeout',
  Request: 'request',
  Crash: 'crash',
  Restart: 'crash',
  Flush: 'hold',
};

/** A vector from what a lone server was given. */
const vectorOf = (lone: Lone, covers: string): Vector => {
  const { config, sid, hold, taken } = lone;
  const inputs = taken.map(({ asked }) => asked);
  const reset = { sid, voters: [...config.voters], observers: [...config.observers], disk: NO_DISK, hold };
  const needs = [
    ...inputs.flatMap((asked) => (asked.op === 'do' ? (NEEDS[asked.event] ?? []) : [])),
    ...(hold ? ['hold'] : []),
    ...(reset.observers.length > 0 ? ['observers'] : []),
  ];
  return {
    id: idOf({ reset, inputs }),
    covers,
    needs: [...new Set(needs)].sort(),
    reset,
    inputs,
    expected: visible(taken.at(-1)!),
  };
};

/** The steps of the specification that the suite rests on: server, event, server, effects. */
class Specification {
  readonly #steps = new Set<string>();

  add({ taken }: Lone): void {
    for (const { before, event, step } of taken)
      this.#steps.add(encode([before, event, step?.server ?? null, step?.effects ?? []]));
  }

  get hash(): string {
    return sha([...this.#steps].sort().join('\n'));
  }
}

/** What one class was met with, as a vector; null where the lone server cannot follow. */
const covering = (options: ZabOptions, rules: Rules, { node, action, seen }: Met): Lone | null => {
  const model = buildZab(options);
  const along = seenAlong(model, [...pathTo(node), action]).filter(({ sid }) => sid === seen.sid);
  // The last transition may let the server see several events; those behind the one that is meant are left out.
  const last = along.findLastIndex(({ given }) => same(given, seen.given));
  const lone = loneOf(options, rules, seen.sid);
  for (const { given } of along.slice(0, last + 1)) if (!lone.give(given)) return null;
  return lone;
};

const TIER_OF: Readonly<Record<string, Tier>> = { coarse: 'smoke', fine: 'standard', pair: 'standard' };

/** Only the longest: what leads to another vector's end is a part of it. */
const withoutPrefixes = (vectors: readonly Vector[]): readonly Vector[] => {
  const texts = vectors.map(({ reset, inputs }) =>
    inputs.map((_, i) => encode([reset, inputs.slice(0, i + 1)])),
  );
  const inner = new Set(texts.flatMap((prefixes) => prefixes.slice(0, -1)));
  const kept = vectors.filter((_, i) => !inner.has(texts[i]!.at(-1)!));
  return [...new Map(kept.map((vector) => [vector.id, vector])).values()];
};

const byId = (a: Vector, b: Vector): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const cover = (
  graphs: readonly Graph[],
  specification: Specification,
): Record<'smoke' | 'standard', readonly Vector[]> => {
  const rules = rulesOf('zab');
  const found: Record<'smoke' | 'standard', Vector[]> = { smoke: [], standard: [] };
  const seenBefore = new Set<string>();
  for (const { options, states } of graphs) {
    const full = zabSchema.parse(options);
    const config = loneConfig(full, rules);
    const met = new Map<string, Met>();
    explore(
      buildZab(full),
      states,
      (server, seen, last) => {
        const at = server as Server | null;
        const two = pair(config, at, seen, last);
        return [
          `coarse ${coarse(config, at, seen)}`,
          `fine ${fine(config, at, seen)}`,
          ...(two === null ? [] : [`pair ${two}`]),
        ];
      },
      met,
    );
    for (const [name, one] of met) {
      if (seenBefore.has(name)) continue;
      const lone = covering(full, rules, one);
      if (lone === null) continue;
      seenBefore.add(name);
      specification.add(lone);
      const kind = name.slice(0, name.indexOf(' '));
      const text = name.slice(kind.length + 1);
      const covers = kind === 'fine' ? (JSON.parse(text) as readonly string[])[0]! : text;
      found[TIER_OF[kind] as 'smoke' | 'standard'].push(vectorOf(lone, covers));
    }
  }
  const smoke = withoutPrefixes(found.smoke);
  const ids = new Set(smoke.map(({ id }) => id));
  const standard = withoutPrefixes(found.standard).filter(({ id }) => !ids.has(id));
  return { smoke: [...smoke].sort(byId), standard: [...standard].sort(byId) };
};

/** What can be seen of a server from outside. */
const shown = ({ server, disk }: Lone): unknown => {
  const { acceptedEpoch, currentEpoch, log, snapshot } = disk;
  const durable = { acceptedEpoch, currentEpoch, log: [...snapshot.entries, ...log] };
  if (server === null) return durable;
  const { state, vote, history, committed, ...rest } = server;
  const phase = 'phase' in server ? server.phase : '';
  return [durable, state, phase, vote, history, committed, rest.acceptedEpoch, rest.currentEpoch];
};

/** Whether two servers did the same, as far as it shows. */
const agree = (a: Lone, b: Lone): boolean =>
  same(visible(a.taken.at(-1)!), visible(b.taken.at(-1)!)) && same(shown(a), shown(b));

/** The run of a server up to where a defect makes it part from the specification, and as far as it shows. */
const parting = (
  options: ZabOptions,
  defect: string,
  sid: Sid,
  along: readonly Seen[],
): { readonly lone: Lone; readonly at: number } | null => {
  const planted = rulesOf('zab', [defect]);
  // When a leader loses patience is no part of any defect; a vector does not depend on it.
  const { yieldsToLaterEpoch } = planted;
  const right = loneOf(options, { ...rulesOf('zab'), yieldsToLaterEpoch }, sid);
  const wrong = loneOf(options, planted, sid);
  let at: number | null = null;
  for (const [i, { given }] of along.entries()) {
    if (along[i]!.sid !== sid) continue;
    const goesOn = right.give(given);
    if (!goesOn) break;
    const follows = wrong.give(given);
    if (at === null && (!follows || !agree(right, wrong))) at = i;
  }
  return at === null ? null : { lone: right, at };
};

const never = (specification: Specification): readonly Vector[] => {
  const names = defects.map(({ name }) => name).filter((name) => corpusNames().includes(name));
  return names.flatMap((defect) => {
    const { header, steps } = readTraceFile(traceFileNamed(defect));
    const options = zabSchema.parse(header.config);
    const along = seenAlong(
      buildZab(options),
      steps.map(({ action }) => action),
    );
    const sids = [...new Set(along.map(({ sid }) => sid))];
    const partings = sids.flatMap((sid) => parting(options, defect, sid, along) ?? []);
    const [first] = partings.sort((a, b) => a.at - b.at);
    if (first === undefined) return [];
    specification.add(first.lone);
    return [vectorOf(first.lone, defect)];
  });
};

/** Takes half a minute; tests make smaller ones. */
export const makeSuite = (graphs: readonly Graph[] = GRAPHS): Suite => {
  const specification = new Specification();
  const tiers = { ...cover(graphs, specification), never: never(specification) };
  return { specification: specification.hash, tiers };
};
