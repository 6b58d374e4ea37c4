/** A search of ours in a child process, and what it cost. */
import { fileURLToPath } from 'node:url';
import { measure } from './measure.js';
import type { Found } from './one.js';

const script = fileURLToPath(new URL('one.js', import.meta.url));

export const searchIn = async (
  model: string,
  config: Readonly<Record<string, unknown>>,
  bounds: Readonly<Record<string, unknown>> = {},
): Promise<Found> => {
  const args = [script, model, JSON.stringify(config), JSON.stringify(bounds)];
  const { stdout, cost } = await measure(process.execPath, args);
  const found = JSON.parse(stdout) as Found;
  return { ...found, cost: cost ?? found.cost };
};
