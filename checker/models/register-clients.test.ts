import { expect, test } from 'vitest';
import { clientReceives, type HistoryEvent, historyKind } from './register-clients.js';

const call = (process: number): HistoryEvent => ({ process, call: { type: 'read' } });
const result = (process: number): HistoryEvent => ({ process, result: null });
const recorded = (...events: HistoryEvent[]) => historyKind.apply([], events);

test('the order of calls in a row, or of returns in a row, is not remembered', () => {
  expect(recorded(call(2), call(1))).toEqual(recorded(call(1), call(2)));
  expect(recorded(call(1), call(2), result(2), result(1))).toEqual(
    recorded(call(1), call(2), result(1), result(2)),
  );
});

test('what had returned when another was called is remembered', () => {
  expect(recorded(call(1), call(2), result(1))).not.toEqual(recorded(call(1), result(1), call(2)));
  expect(recorded(call(1), call(2), result(2), call(2), result(1))).toEqual([
    call(1),
    call(2),
    result(2),
    call(2),
    result(1),
  ]);
});

test('a client reads once its write has succeeded, and then stops', () => {
  const begun = { awaiting: 3, operations: 1 };
  const written = clientReceives(3, begun, { type: 'PutOk', request: 3 })!;
  expect(written).toMatchObject({
    client: { awaiting: 6, operations: 2 },
    request: { type: 'Get', request: 6 },
  });
  const done = clientReceives(3, written.client, { type: 'GetOk', request: 6, value: 'A' })!;
  expect(done).toEqual({
    client: { awaiting: null, operations: 3 },
    events: [{ process: 3, result: 'A' }],
  });
});

test('a client has no use for an answer to what it no longer waits for', () => {
  expect(clientReceives(3, { awaiting: 6, operations: 2 }, { type: 'PutOk', request: 3 })).toBeNull();
});
