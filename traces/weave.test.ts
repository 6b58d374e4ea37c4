import { expect, test } from 'vitest';
import { models } from '../checker/registry.js';
import { drawingOf } from './model.js';
import { pictureOf } from './picture.js';
import { anything, modelOf, script, traceOf, walk } from './testing.js';
import { weave } from './weave.js';

const zab = models.find(({ name }) => name === 'zab')!;

test('a crash loses what was on the way to the server, and what it had sent still arrives or is lost', () => {
  const model = modelOf(zab, { txns: 1, crashes: 1 });
  const path = walk(model, 200, script('leaderProcessRequest', 'crash', 'restart'));
  const trace = traceOf(model, path);
  const picture = pictureOf(drawingOf(model), trace);
  const arrows = weave(picture);
  const crash = path.findIndex(({ name }) => name === 'crash') + 1;
  const victim = Number(path[crash - 1]!.server) - 1;
  expect(arrows.filter(({ end, fate, to }) => end === crash && fate === 'lost' && to !== victim)).toEqual([]);
  const proposals = arrows.filter(({ text }) => text.startsWith('PROPOSAL 1:1'));
  expect(proposals.length).toBeGreaterThan(0);
  for (const { sent, end } of arrows) expect(end ?? Number.POSITIVE_INFINITY).toBeGreaterThan(sent);
});

/** The arrows in flight must be what the channels hold, at the end of any walk through any model. */
test.each(models.map((definition) => [definition.name, definition] as const))(
  'what is in flight is what the channels of %s hold',
  (_name, definition) => {
    for (const config of definition.name === 'zab'
      ? [{}, { election: 'fle', losses: 1, duplicates: 1, cuts: 1, partitions: 1 }]
      : [{}]) {
      const model = modelOf(definition, config);
      const drawing = drawingOf(model);
      const trace = traceOf(model, walk(model, 60, anything(7)));
      const state = trace.steps.reduce((now, { changed }) => ({ ...now, ...changed }), trace.header.initial);
      const flying = weave(pictureOf(drawing, trace)).filter(({ fate }) => fate === 'flight');
      for (const [channel, { slot }] of drawing.channels.entries()) {
        const texts = flying.filter((arrow) => arrow.channel === channel).map(({ text }) => text);
        expect([slot, ...texts]).toEqual([slot, ...drawing.messages(state[slot]).map(drawing.describe)]);
      }
    }
  },
);
