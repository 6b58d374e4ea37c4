/** A write that the wire or the log cannot hold as it is never becomes a transaction. */
import { expect, test } from 'vitest';
import { checkWrite, isAnsweredElsewhere, MOST_WRITE, type Outcome, Requests } from './requests.js';
import { decodeMessage, encodeMessage } from './udp/codec.js';

test('the longest write, of any bytes, passes over a link as it is', () => {
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
  const body = bytes.padEnd(MOST_WRITE, '\xff');
  checkWrite(body);
  const request = new Requests(1, 1).open(body, () => {});
  const decoded = decodeMessage(encodeMessage({ type: 'REQUEST', request }), 'leader');
  expect(decoded).toEqual({ type: 'REQUEST', request });
});

test('a longer one is refused', () => {
  expect(() => checkWrite('x'.repeat(MOST_WRITE + 1))).toThrow(
    new RangeError('a write of 1049577 bytes; 1049576 is the most'),
  );
});

test('a character that is no byte is refused: followers would log another write than the leader', () => {
  expect(() => checkWrite('a€')).toThrow(
    /^a write is bytes, one a character, and '€' is none: encode the text first/,
  );
});

test('a COMMIT is awaited by the server that the write came in at, and by whoever has the write from a synchronization', () => {
  const deliver = (zxid: number, origin: number) =>
    ({ type: 'deliver', txn: { zxid, origin, payload: '' } }) as const;
  const effects = [deliver(1, 1), deliver(2, 3)];
  expect([1, 2, 3].map((sid) => isAnsweredElsewhere(sid, 1, effects))).toEqual([false, true, true]);
  expect([1, 2, 3].map((sid) => isAnsweredElsewhere(sid, 2, effects))).toEqual([true, true, false]);
  expect(isAnsweredElsewhere(2, 3, effects)).toBe(false);
});

test('a result is put together where someone waits for it, once, and nowhere else', () => {
  const [here, elsewhere] = [new Requests(1, 1), new Requests(2, 1)];
  const told: Outcome[] = [];
  const txn = { ...here.open('a write', (outcome) => told.push(outcome)), zxid: 7 };
  let count = 0;
  for (const requests of [elsewhere, here, here]) requests.answer(txn, () => `made ${++count}`);
  expect(told).toEqual([{ kind: 'done', zxid: 7, result: 'made 1' }]);
  expect(count).toBe(1);
});

test('whoever waits for a result that cannot be put together is told when the server gives up', () => {
  const requests = new Requests(1, 1);
  const told: Outcome[] = [];
  const txn = { ...requests.open('a write', (outcome) => told.push(outcome)), zxid: 7 };
  const broken = (): string => {
    throw new Error('broken');
  };
  expect(() => requests.answer(txn, broken)).toThrow('broken');
  requests.giveUp();
  expect(told).toEqual([{ kind: 'unknown' }]);
});
