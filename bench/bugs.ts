/**
 * `npm run bench:bugs`: how long the checker takes to find each defect that ZooKeeper has had, from an established
 * ensemble with the smallest budgets that expose it, beside what TLC took. TLC's figures are those published in "Multi-Grained
 * Specifications for Distributed System Model Checking and Verification" (EuroSys 2025), for specifications, budgets and
 * starts of their own: they say how hard the defects are to find, not who is faster at the same work. --cold searches from
 * servers that have only just started, with the oracle election; 4925 has a start of its own. Those searches visit one state
 * of each orbit (--symmetry), which is what they count. One thread.
 */
import { parseArgs } from 'node:util';
import { coldBounds } from '../checker/zab/bounds.js';
import { zab } from '../checker/zab/index.js';
import { describeMachine, thisMachine } from './machine.js';
import type { Found } from './one.js';
import { searchIn } from './search.js';
import { grouped, seconds, table } from './table.js';

interface Published {
  readonly seconds: number;
  readonly depth: number;
  readonly states: number;
}

/** By JIRA. 4925 is younger than the paper. */
const published: Readonly<Record<string, Published>> = {
  'ZOOKEEPER-2845': { seconds: 12, depth: 10, states: 6_347 },
  'ZOOKEEPER-3023': { seconds: 11, depth: 13, states: 78_892 },
  'ZOOKEEPER-3911': { seconds: 42, depth: 14, states: 286_286 },
  'ZOOKEEPER-4394': { seconds: 9, depth: 20, states: 14_264 },
  'ZOOKEEPER-4643': { seconds: 17, depth: 21, states: 208_018 },
  'ZOOKEEPER-4646': { seconds: 109, depth: 21, states: 2_880_498 },
  'ZOOKEEPER-4685': { seconds: 10, depth: 12, states: 67_418 },
  'ZOOKEEPER-4712': { seconds: 11, depth: 13, states: 73_293 },
};

const TITLES = [
  '',
  'violates',
  'time s',
  'CPU s',
  'depth',
  'distinct',
  '| TLC, published: s',
  'depth',
  'states',
];

const cells = (
  name: string,
  { verdict, property, propertyDepth, seconds: search, distinct, cost }: Found,
) => {
  const tlc = published[name];
  return [
    name,
    property ?? `none (${verdict})`,
    seconds(search),
    seconds(cost.cpuSeconds),
    String(propertyDepth ?? '-'),
    grouped(distinct),
    tlc ? `| ${tlc.seconds}` : '| -',
    tlc ? String(tlc.depth) : '-',
    tlc ? grouped(tlc.states) : '-',
  ];
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { cold: { type: 'boolean' } },
  });
  console.log(describeMachine(thisMachine()));
  const rows: (readonly string[])[] = [];
  for (const { name, config } of zab.defects) {
    if (!name.startsWith('ZOOKEEPER-') || !new RegExp(positionals[0] ?? '').test(name)) continue;
    const bounds = values.cold ? coldBounds(name) : config;
    const options = { workers: 1, symmetry: values.cold === true, maxSeconds: 120 };
    rows.push(cells(name, await searchIn('zab', { ...bounds, defect: [name] }, options)));
  }
  const titles = TITLES.map((title) => (title === 'distinct' && values.cold ? 'orbits' : title));
  for (const line of table([titles, ...rows])) console.log(line);
  console.log(
    'TLC: EuroSys 2025, "Multi-Grained Specifications for Distributed System Model Checking and Verification".',
  );
  console.log(
    'Its specifications, starts and budgets differ from ours; the depth of a state is counted from theirs.',
  );
};

await main();
