import { expect, test } from 'vitest';
import { check } from '../check.js';
import { paxos } from './paxos.js';

test("three clients have exactly Stateright's states and deliveries", async () => {
  const preset = paxos.presets.find(({ name }) => name === 'clients-3')!;
  expect(await check(paxos.build(preset.config))).toMatchObject({ verdict: 'verified', ...preset.pinned });
});
