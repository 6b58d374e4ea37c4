import { expect, test } from 'vitest';
import { models } from '../checker/registry.js';
import { corpusNames, traceFileNamed } from './corpus.js';
import { exportTrace, FORMATS, firstSteps } from './export.js';
import { readTraceFile } from './file.js';
import { renderLanes } from './lanes.js';
import { mermaidText } from './mermaid.js';
import { drawingOf, modelOfTrace } from './model.js';
import type { Trace } from './format.js';
import { type Picture, pictureOf } from './picture.js';
import { renderScreen } from './screen.js';
import { anything, modelOf, script, traceOf, walk } from './testing.js';

const zab = models.find(({ name }) => name === 'zab')!;
const model = modelOf(zab, { txns: 1, crashes: 1 });
const trace = traceOf(model, walk(model, 60, script('leaderProcessRequest', 'crash')));
const first = firstSteps(trace, 4);
const drawing = drawingOf(model);
const violation = { property: 'P', claim: 'It holds; always.', offending: 1 };
const broken = { ...first, violation, header: { ...first.header, property: 'P', claim: violation.claim } };

test('Mermaid', () => {
  expect(exportTrace(broken, () => drawing, 'mermaid')).toMatchInlineSnapshot(`
    "sequenceDiagram
      participant L0 as server 1
      participant L1 as server 2
      participant L2 as server 3
      Note over L0: LOOKING
      Note over L1: LOOKING
      Note over L2: LOOKING
      Note over L0: 1. lookingElectedLeader server=1
      Note over L0: LEADING
      Note over L1: 2. lookingElectedFollower server=2 leader=1
      Note over L1: FOLLOWING
      Note over L0,L1: 3. followerConnected server=2 to=1
      L1->>L0: 4. leaderProcessFOLLOWERINFO: FOLLOWERINFO 0
      Note over L0: LEADING, epoch 1 (on the way)
      L0--)L1: in flight: LEADERINFO 1
      Note over L0,L2: P breaks. It holds#59; always.
    "
  `);
});

test('ShiViz: the clock of an event dominates those of all it knows of', () => {
  const text = exportTrace(trace, () => drawing, 'shiviz');
  const [parser, delimiter, ...lines] = text.trimEnd().split('\n');
  expect(delimiter).toBe('');
  const pattern = new RegExp(parser!.replaceAll('(?<clock>{.*})', '(?<clock>\\{.*\\})'), 'g');
  const events = [...lines.join('\n').matchAll(pattern)].map(({ groups }) => ({
    host: groups!.host!,
    clock: JSON.parse(groups!.clock!) as Record<string, number>,
  }));
  expect(events.length).toBeGreaterThan(trace.steps.length);
  // Each host counts its own events one by one.
  for (const host of new Set(events.map((event) => event.host))) {
    const own = events.filter((event) => event.host === host).map(({ clock }) => clock[host]);
    expect(own).toEqual(own.map((_, i) => i + 1));
  }
});

test('text that Mermaid, or the page around it, might take for something else is escaped', () => {
  expect(mermaidText('a;b<script>#"end"\n')).toBe('a#59;b#60;script#62;#35;#34;end#34; ');
});

const entry = (label: string, committed: boolean, durable = true) => ({
  label,
  epoch: 1,
  committed,
  durable,
});
const send = { channel: 0, moves: [{ move: 'send', at: 0, text: 'PROPOSAL 1:2' }] } as const;
const receive = { channel: 0, moves: [{ move: 'receive', at: 0 }] } as const;

/** Two servers; a proposal goes from one to the other, which dies. */
const small: Picture = {
  lanes: [
    { name: 'server 1', short: 'S1' },
    { name: 'server 2', short: 'S2' },
  ],
  channels: [{ slot: 'link', from: 0, to: 1 }],
  initial: { link: [], 'server 2': { log: [1] } },
  start: {
    views: [
      { state: 'LEADING', short: 'LEAD', epoch: 1, settled: true, log: [entry('1:1', true)] },
      { state: 'FOLLOWING', short: 'FOLL', epoch: 1, settled: false, log: [entry('1:1', true)] },
    ],
    moves: [],
  },
  steps: [
    {
      action: { name: 'request', server: 1 },
      changed: { link: ['p'] },
      lanes: [0],
      views: {
        0: {
          state: 'LEADING',
          short: 'LEAD',
          epoch: 1,
          settled: true,
          log: [entry('1:1', true), entry('1:2', false)],
        },
      },
      moves: [send],
    },
    {
      action: { name: 'deliver', server: 2, from: 1 },
      changed: { link: [], 'server 2': { log: [1, 2] } },
      lanes: [1],
      views: {
        1: {
          state: 'FOLLOWING',
          short: 'FOLL',
          epoch: 1,
          settled: true,
          log: [entry('1:1', true), entry('1:2', false, false)],
        },
      },
      moves: [receive],
    },
    {
      action: { name: 'crash', server: 2 },
      changed: { 'server 2': null },
      lanes: [1],
      views: { 1: { state: 'down', short: 'down', down: true, log: [entry('1:1', false)] } },
      moves: [],
    },
    { action: { name: 'idle' }, changed: {}, lanes: [], views: {}, moves: [] },
  ],
};

test('lanes in the terminal', () => {
  const trace: Trace = {
    header: { format: 'zab-trace', version: 1, model: 'm', config: {}, initial: small.initial },
    steps: small.steps.map(({ action, changed }, i) => ({ step: i + 1, action, changed })),
  };
  expect(renderLanes(trace, small, { width: 100, color: false })).toMatchInlineSnapshot(`
    "    server 1            server 2
     0  ├ LEADING e1 1:1●   ├ FOLL e1? 1:1●     initial state
     1  ├ LEAD e1 1:1● 1:2○ │                   request server=1
        │                   │                     → S2  PROPOSAL 1:2
     2  │                   ├ FOLL e1 1:1● 1:2◌ deliver server=2 from=1
        │                   │                     ← S1  PROPOSAL 1:2
        │                   │                     server 2.log[1] + 2
     3  │                   ├ down 1:1○         crash server=2
        │                   ┊                     server 2 - all of it
     4  │                   ┊                   idle
        │                   ┊                     (nothing changes)

        ● committed   ○ accepted, not known to be committed   ◌ not yet on disk   e2? on the way into
        epoch 2
    "
  `);
  expect(renderLanes(trace, small, { width: 40, color: false })).toMatchInlineSnapshot(`
    "    server 1          server 2
     0  initial state
        ├ LEADING e1 1:1● ├ FOLL e1? 1:1●
     1  request server=1
        ├ LEAD e1 … 1:2○  │
          → S2  PROPOSAL 1:2
     2  deliver server=2 from=1
        │                 ├ FOLL e1 … 1:2◌
          ← S1  PROPOSAL 1:2
          server 2.log[1] + 2
     3  crash server=2
        │                 ├ down 1:1○
          server 2 - all of it
     4  idle
        │                 ┊
          (nothing changes)

        ● committed   ○ accepted, not known
        to be committed   ◌ not yet on
        disk   e2? on the way into epoch 2
    "
  `);
});

test('where there is no room beside the lanes, they stand below the action', () => {
  const seven = modelOf(zab, { servers: 7, crashes: 3, election: 'fle' });
  const long = traceOf(seven, walk(seven, 30, anything(1)));
  const text = renderLanes(long, pictureOf(drawingOf(seven), long), { width: 80, color: false });
  expect(text).toMatch(/server 7$/m);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(82);
});

test('a step as a screenful has as many lines as the screen', () => {
  const picture = pictureOf(drawing, trace);
  for (const height of [12, 24, 60]) {
    for (const step of [0, 7, trace.steps.length]) {
      const screen = renderScreen(trace, picture, step, { width: 80, height, color: false });
      const lines = screen.split('\r\n');
      expect(lines.length).toBeLessThanOrEqual(height);
      expect(lines[0]).toContain(`step ${step} of ${trace.steps.length}`);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    }
  }
});

test.each(corpusNames())('%s can be drawn in every form', (name) => {
  const named = readTraceFile(traceFileNamed(name));
  const own = drawingOf(modelOfTrace(named));
  const picture = pictureOf(own, named);
  for (const format of FORMATS) expect(exportTrace(named, () => own, format)).not.toBe('');
  expect(renderLanes(named, picture, { width: 110, color: true })).toContain(picture.lanes[0]!.name);
});
