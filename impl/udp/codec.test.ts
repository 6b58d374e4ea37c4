/** Messages and frames as bytes: what goes in comes out, and what nobody wrote is null. */
import { createDecipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message, Notification } from '../../spec/messages.js';
import { makeZxid } from '../../spec/zxid.js';
import {
  decodeEntry,
  decodeMessage,
  decodeNotification,
  encodeEntry,
  encodeMessage,
  encodeNotification,
} from './codec.js';
import { DatagramReader, DatagramWriter } from './datagrams.js';
import { decodeParts, encodeParts, FrameReader, sealFrame } from './frames.js';
import { type SealingKey, seal, sealingKey } from './keys.js';
import { SHORT, TAG } from './sodium.js';

const zxid = fc.tuple(fc.nat(2 ** 21 - 1), fc.nat(2 ** 31 - 1)).map(([e, c]) => makeZxid(e, c));
const epoch = fc.nat(2 ** 21 - 1);
const payload = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const origin = fc.integer({ min: 1, max: 255 });
const txn = fc.record({ zxid, origin, payload });
const both = fc.constant<Message>({ type: 'PING' });
const toLearner: fc.Arbitrary<Message> = fc.oneof(
  both,
  fc.record({ type: fc.constantFrom('COMMIT' as const, 'DIFF' as const, 'TRUNC' as const), zxid }),
  fc.record({ type: fc.constantFrom('PROPOSAL' as const, 'INFORM' as const), txn }),
  fc.record({ type: fc.constantFrom('LEADERINFO' as const, 'NEWLEADER' as const), epoch }),
  fc.constant<Message>({ type: 'UPTODATE' }),
);
const toLeader: fc.Arbitrary<Message> = fc.oneof(
  both,
  fc.record({ type: fc.constant('ACK' as const), zxid }),
  fc.record({ type: fc.constant('REQUEST' as const), request: fc.record({ origin, payload }) }),
  fc.record({
    type: fc.constantFrom('FOLLOWERINFO' as const, 'OBSERVERINFO' as const),
    acceptedEpoch: epoch,
  }),
  fc.record({
    type: fc.constant('ACKEPOCH' as const),
    currentEpoch: fc.integer({ min: -1, max: 100 }),
    lastZxid: zxid,
  }),
);

test('messages come back, at the end that may hear them', () => {
  fc.assert(
    fc.property(toLearner, (message) => {
      expect(decodeMessage(encodeMessage(message), 'learner')).toEqual(message);
      if (message.type !== 'PING') expect(decodeMessage(encodeMessage(message), 'leader')).toBeNull();
    }),
  );
  fc.assert(
    fc.property(toLeader, (message) => {
      expect(decodeMessage(encodeMessage(message), 'leader')).toEqual(message);
      if (message.type !== 'PING') expect(decodeMessage(encodeMessage(message), 'learner')).toBeNull();
    }),
  );
});

test('a SNAP comes back behind its entries', () => {
  fc.assert(
    fc.property(zxid, zxid, fc.array(txn, { maxLength: 5 }), (at, floor, entries) => {
      const message: Message = { type: 'SNAP', zxid: at, history: { floor, entries } };
      const sent = entries.map((entry) => decodeEntry(encodeEntry(entry))!);
      expect(decodeMessage(encodeMessage(message), 'learner', sent)).toEqual(message);
      expect(decodeMessage(encodeMessage(message), 'learner', [...sent, entries[0]!])).toBeNull();
    }),
  );
});

test('notifications come back, votes for nobody too', () => {
  const notification: fc.Arbitrary<Notification> = fc.record({
    state: fc.constantFrom(
      'LOOKING' as const,
      'FOLLOWING' as const,
      'LEADING' as const,
      'OBSERVING' as const,
    ),
    leader: fc.integer({ min: -1, max: 255 }),
    zxid: fc.oneof(zxid, fc.constant(-1)),
    peerEpoch: fc.integer({ min: -1, max: 1000 }),
    electionEpoch: fc.nat(),
  });
  fc.assert(
    fc.property(notification, (n) => {
      expect(decodeNotification(encodeNotification(n))).toEqual(n);
    }),
  );
});

test('bytes that nobody wrote are null, never an exception', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some)),
    // A true message, shortened, lengthened or changed.
    fc
      .tuple(fc.oneof(toLearner, toLeader), fc.nat(300), fc.uint8Array({ maxLength: 9 }))
      .map(([m, cut, more]) => Buffer.concat([encodeMessage(m).subarray(0, cut), more])),
  );
  fc.assert(
    fc.property(bytes, (some) => {
      for (const to of ['leader', 'learner'] as const) {
        const message = decodeMessage(some, to);
        if (message !== null) expect(encodeMessage(message).equals(some)).toBe(true);
      }
      decodeNotification(some);
      decodeEntry(some);
    }),
    { numRuns: 2_000 },
  );
});

const newKey = (): SealingKey => sealingKey(randomBytes(32), Buffer.alloc(0), 'a test');

test('what libsodium has sealed OpenSSL opens: number and header are vouched for', () => {
  const key = newKey();
  const header = Buffer.from('a header');
  const message = Buffer.concat([header, Buffer.from('hello'), Buffer.alloc(TAG)]);
  seal(key, 2 ** 32 + 5, message, header.length);
  const sealed = message.subarray(header.length);
  const nonce = Buffer.from('000000000000000100000005', 'hex');
  const decipher = createDecipheriv('chacha20-poly1305', key.short, nonce, { authTagLength: TAG });
  decipher.setAAD(header, { plaintextLength: 5 });
  decipher.setAuthTag(sealed.subarray(5));
  expect(Buffer.concat([decipher.update(sealed.subarray(0, 5)), decipher.final()]).toString()).toBe('hello');
});

test('frames come back whole, however the stream cuts them', () => {
  const key = newKey();
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), fc.nat(50), (all, cut) => {
      const parts = all.map((bytes) => ({ kind: 7, bytes: Buffer.from(bytes) }));
      const frames = [5, 9].map((number) => ({ number, bytes: encodeParts(parts) }));
      const stream = Buffer.concat(frames.map((frame) => sealFrame(key, frame)));
      const reader = new FrameReader(key);
      const read = [];
      for (let at = 0; at < stream.length; at += cut + 1)
        read.push(...reader.push(stream.subarray(at, at + cut + 1))!);
      expect(read).toEqual(frames);
      expect(decodeParts(read[0]!.bytes)).toEqual(parts);
    }),
  );
});

/** Two ciphers. */
const LENGTHS = [5, SHORT, SHORT + 1];

test.each(LENGTHS)('a frame of %i bytes that was changed ends the link', (length) => {
  const key = newKey();
  const sealed = sealFrame(key, { number: 0, bytes: Buffer.alloc(length, 'hello') });
  for (let i = 4; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed[i]! ^= 1;
    expect(new FrameReader(key).push(changed)).toBeNull();
  }
  expect(new FrameReader(newKey()).push(sealed)).toBeNull();
  expect(new FrameReader(key).push(Buffer.from('ffffffff', 'hex'))).toBeNull();
});

test.each(LENGTHS)('a datagram of a link comes back once, and only as it was (%i bytes)', (length) => {
  const key = newKey();
  const writer = new DatagramWriter(key, 7);
  const frame = { number: 3, bytes: Buffer.alloc(length, 'hello') };
  const [bare, full] = [
    writer.datagram({ received: 5, isMissing: true }, null),
    writer.datagram({ received: 6, isMissing: false }, frame),
  ];
  const reader = new DatagramReader(key);
  for (let i = 0; i < full.length; i++) {
    const changed = Buffer.from(full);
    changed[i]! ^= 1;
    const before = Buffer.from(changed);
    expect(['forged', 'malformed']).toContain(reader.read(changed));
    expect(changed.equals(before)).toBe(true);
    expect(typeof new DatagramReader(key).read(full.subarray(0, i))).toBe('string');
  }
  expect(full.readUInt32BE(0)).toBe(7);
  // What is opened is opened where it stands.
  expect(reader.read(Buffer.from(full))).toEqual({ received: 6, isMissing: false, frame });
  expect(reader.read(Buffer.from(full))).toBe('replayed');
  expect(reader.read(Buffer.from(bare))).toBe('replayed');
  expect(new DatagramReader(key).read(bare)).toEqual({ received: 5, isMissing: true, frame: null });
});
