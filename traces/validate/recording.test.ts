/** Recordings that our own servers made are accepted, step by step; one that was changed is not, and says where. */
import { expect, test } from 'vitest';
import type { Hooks } from '../../impl/hooks.js';
import { run } from '../../impl/simulated/run.js';
import { headerLine, stepLine } from '../../impl/trace/recorder.js';
import { zabRules } from '../../spec/rules.js';
import { judgeRecording, readRecording } from './recording.js';

const config = { voters: [1, 2, 3], observers: [], election: 'fle', window: 5, rules: zabRules } as const;

const recordings = (): readonly string[] => {
  const lives: object[][] = [];
  const hooks = (sid: number): Hooks => {
    const lines: object[] = [];
    lives.push(lines);
    return {
      booted: (stored) => lines.push(headerLine(config, sid, stored)),
      stepped: (before, event, taken) => lines.push(stepLine(lines.length, before, event, taken)),
    };
  };
  run({ seed: 3, faultyMs: 400, hooks });
  return lives.map((lines) => lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
};

test('every life is the specification’s own, though cut short', () => {
  const all = recordings();
  expect(all.length).toBeGreaterThan(2);
  for (const text of all) expect(judgeRecording(readRecording(text, true)).mismatch).toBeNull();
});

test('a life without its end is refused, unless it is said to be cut short', () => {
  expect(() => readRecording(recordings()[0]!, false)).toThrow('truncated');
});

test('an effect that was changed is found, with what was expected', () => {
  const text = recordings()[0]!.replace('"type":"notify","to":2', '"type":"notify","to":3');
  const { mismatch } = judgeRecording(readRecording(text, true));
  expect(mismatch).toMatchObject({ step: 1, reason: 'the step has other effects' });
  expect(mismatch?.fields).toContainEqual({ path: 'effects[0].to', expected: 2, found: 3 });
});

test('a state that was changed is found, with what was expected', () => {
  const trace = readRecording(recordings()[0]!, true);
  const [boot, ...rest] = trace.steps;
  const server = { ...(boot!.changed.server as object), acceptedEpoch: 99 };
  const steps = [{ ...boot!, changed: { ...boot!.changed, server } }, ...rest];
  const { mismatch } = judgeRecording({ ...trace, steps });
  expect(mismatch).toMatchObject({ step: 1, reason: 'the step leaves another state' });
  expect(mismatch?.fields).toEqual([{ path: 'server.acceptedEpoch', expected: 0, found: 99 }]);
});
