import { expect, test } from 'vitest';
import type { Progress } from '../checker/result.js';
import { progressLine } from './progress.js';

const output = (live: boolean, columns = 200) => {
  const written: string[] = [];
  return {
    written,
    output: { write: (text: string) => void written.push(text), columns, color: false, live },
  };
};
const at = (seconds: number, depth: number, frontier: number, nextFrontier: number): Progress => ({
  depth,
  frontier,
  nextFrontier,
  seconds,
  distinct: 1000 * depth,
  generated: 5000 * depth,
  memoryBytes: 2 ** 27,
  spilledBytes: 0,
});

test('on a terminal one line is rewritten, never wider than the terminal, and erased at the end', () => {
  for (const columns of [20, 40, 80, 200]) {
    const { written, output: err } = output(true, columns);
    const progress = progressLine(err, false);
    progress.update(at(0.1, 3, 100, 50));
    progress.update(at(0.2, 4, 400, 100));
    progress.done();
    expect(written.at(-1)).toBe('\r\u001b[2K');
    for (const text of written) {
      expect(text.startsWith('\r\u001b[2K')).toBe(true);
      expect(text).not.toContain('\n');
      expect(text.length - 5).toBeLessThan(columns);
    }
    expect(written[1]).toContain('depth 4');
  }
});

test('elsewhere a plain line every few seconds, without control characters', () => {
  const { written, output: err } = output(false);
  const progress = progressLine(err, false);
  for (let tick = 1; tick <= 120; tick++) progress.update(at(tick / 10, tick, 1, 1));
  progress.done();
  expect(written).toHaveLength(2);
  for (const line of written) {
    expect(line).toMatch(/^depth .*\n$/);
    expect(line.trimEnd()).not.toMatch(/\p{Cc}/u);
  }
});

test('the frontier is shown to grow and to shrink', () => {
  const { written, output: err } = output(true);
  const progress = progressLine(err, false);
  progress.update(at(1, 1, 10, 0));
  progress.update(at(2, 2, 100, 0));
  progress.update(at(3, 3, 20, 0));
  expect(written[1]).toContain('frontier 100 ↗');
  expect(written[2]).toContain('frontier 20 ↘');
});

test('quiet is quiet', () => {
  const { written, output: err } = output(true);
  const progress = progressLine(err, true);
  progress.update(at(1, 1, 1, 1));
  progress.done();
  expect(written).toEqual([]);
});
