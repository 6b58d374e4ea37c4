import { afterEach, expect, test } from 'vitest';
import { models } from '../../checker/registry.js';
import { parseTrace } from '../format.js';
import { modelOfTrace } from '../model.js';
import { replay } from '../replay.js';
import { Session } from './session.js';

const place = { model: 'two-phase-commit', config: { participants: 3, defect: 'commit-early' }, path: [] };
const session = new Session(models, place, () => 'in words');
afterEach(() => session.close());

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until the check is over. */
const verdict = async () => {
  while (session.status().state === 'running') await wait(20);
  return session.status();
};

test('what is new of a longer path is the steps behind the shared ones', () => {
  const long = session.at({ ...place, path: [1, 0, 3] }, 0);
  expect(long.steps).toHaveLength(3);
  expect(session.at({ ...place, path: [1, 0, 3] }, 2).steps).toEqual(long.steps.slice(2));
  expect(long.start?.lanes.map(({ name }) => name)).toEqual(['tm', 'rm1', 'rm2', 'rm3']);
});

test('an address carries only what is not as by default', () => {
  expect(session.at({ ...place, config: {} }, 0).config).toEqual({});
  expect(session.at(place, 0).config).toEqual(place.config);
});

test('the nearest violation from here, the way on in numbers', async () => {
  const { path, property } = await session.seek({ ...place, path: [1] }, 'violation');
  expect(property).toBe('TCConsistent');
  expect(path!.slice(0, 1)).toEqual([1]);
  const { here } = session.at({ ...place, path: path! }, 0);
  expect(here.invariants.map(({ broken }) => broken)).toEqual([true]);
  const trace = parseTrace(session.trace({ ...place, path: path! }));
  expect(replay(modelOfTrace(trace), trace).matches).toBe(true);
});

test('a goal that the way has reached is not looked for again', async () => {
  const harmless = { ...place, config: { participants: 2 } };
  const first = await session.seek(harmless, 'goal');
  const second = await session.seek({ ...harmless, path: first.path! }, 'goal');
  expect(first.property).toBe('all-aborted');
  expect(second.path).toBeNull();
  expect(second.why).toMatch(/^there is none: \d+ states/);
  await expect(session.seek(harmless, 'nothing')).rejects.toThrow('no property nothing');
});

test('a search that is stopped, or replaced, is answered', async () => {
  const wide = { model: 'two-phase-commit', config: { participants: 9 }, path: [] };
  const first = session.seek(wide, 'violation');
  const second = session.seek(wide, 'violation');
  expect(await first).toEqual({ path: null, why: 'the search was stopped' });
  session.stopSeeking();
  expect(await second).toEqual({ path: null, why: 'the search was stopped' });
});

test('a check in the background shows where it is, and in the end what it found', async () => {
  expect(session.check(place).state).toBe('running');
  const { verdict: found, violation } = await verdict();
  expect(found).toBe('violated');
  expect(violation?.place).toMatchObject({ model: place.model, config: place.config });
  expect(session.at(violation!.place, 0).here.invariants[0]!.broken).toBe(true);
});

test('a check that is stopped says no more, and another may follow', async () => {
  session.check({ model: 'two-phase-commit', config: { participants: 9 } });
  expect(session.stopChecking().state).toBe('none');
  await wait(50);
  expect(session.status().state).toBe('none');
  session.check({ model: 'two-phase-commit', config: { participants: 3 } });
  expect((await verdict()).verdict).toBe('verified');
});
