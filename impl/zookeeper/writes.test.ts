/** Writes as text and back: every one of them, bytes of any value, and nothing that is cut short. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OP } from './codes.js';
import { JuteError, JuteWriter } from './jute.js';
import { decodeWrite, encodeWrite, type TreeWrite } from './writes.js';

const path = fc.string({ unit: 'grapheme', maxLength: 30 }).map((name) => `/${name.replaceAll('\0', '')}`);
const data = fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
const version = fc.integer({ min: -1, max: 2 ** 31 - 1 });
const time = fc.integer({ min: 0, max: 2 ** 42 });

const write: fc.Arbitrary<TreeWrite> = fc.oneof(
  fc.record({ op: fc.constantFrom(OP.create, OP.create2), path, time, data, isSequential: fc.boolean() }),
  fc.record({ op: fc.constant(OP.setData), path, time, data, version }),
  fc.record({ op: fc.constant(OP.delete), path, time, version }),
  fc.record({ op: fc.constant(OP.sync), path, time }),
);

test('what is encoded is decoded', () => {
  fc.assert(
    fc.property(write, (one) => {
      expect(decodeWrite(encodeWrite(one))).toEqual(one);
    }),
  );
});

test('it is laid out as a packet is', () => {
  const bytes = Buffer.from([0, 127, 128, 255]);
  const layout = new JuteWriter()
    .int(OP.setData)
    .number(2 ** 41 + 5)
    .text('/Ü')
    .int(7)
    .bytes(bytes)
    .done();
  const one = { op: OP.setData, path: '/Ü', time: 2 ** 41 + 5, version: 7, data: bytes };
  expect(Buffer.from(encodeWrite(one), 'latin1')).toEqual(layout);
});

test('a write that is cut short is none', () => {
  fc.assert(
    fc.property(write, (one) => {
      const text = encodeWrite(one);
      for (let end = 0; end < text.length; end++)
        expect(() => decodeWrite(text.slice(0, end))).toThrow(JuteError);
    }),
    { numRuns: 20 },
  );
});

test('a write of an unknown kind is an error', () => {
  expect(() => decodeWrite(encodeWrite({ op: OP.sync, path: '/', time: 0 }).replace('\t', '\x63'))).toThrow(
    'a write of an unknown kind: 99',
  );
});
