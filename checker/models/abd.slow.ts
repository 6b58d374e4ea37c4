import { expect, test } from 'vitest';
import { check } from '../check.js';
import { abd } from './abd.js';

test("two clients and three replicas have exactly Stateright's states and deliveries", async () => {
  const preset = abd.presets.find(({ name }) => name === 'clients-2-servers-3')!;
  expect(await check(abd.build(preset.config))).toMatchObject({ verdict: 'verified', ...preset.pinned });
});
