import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodecError, decode, encode } from './codec.js';
import {
  decodeInitial,
  decodeNotification,
  encodeInitial,
  encodeNotification,
  INITIAL_FORMS,
} from './election.js';
import { Frames, type Message, type Side } from './frames.js';
import { decodePacket, encodePacket, snapshot } from './quorum.js';
import { captures, whyNoCaptures } from './testing.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

interface Line {
  readonly ev: string;
  readonly type: string;
  readonly conn: number;
  readonly from: number;
  readonly ch: 'E' | 'Q';
  readonly raw: string;
}

const messagesOf = (text: string): readonly Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line): Line => JSON.parse(line))
    .filter(({ ev }) => ev === 'msg');

const again = (message: Message): Buffer => {
  if (message.kind === 'initial') return encodeInitial(message.message);
  if (message.kind === 'notification') return encodeNotification(message.message);
  return message.kind === 'packet' ? encodePacket(message.message) : encode(snapshot, message.message);
};

/** All that a side of a connection said, in order: what one TCP stream carried. */
const streamsOf = (lines: readonly Line[]): ReadonlyMap<string, readonly Line[]> => {
  const streams = new Map<string, Line[]>();
  for (const line of lines) {
    const key = `${line.ch}${line.conn} from ${line.from}`;
    streams.set(key, [...(streams.get(key) ?? []), line]);
  }
  return streams;
};

const sideOf = (lines: readonly Line[]): Side =>
  lines[0]!.ch === 'Q' ? 'quorum' : lines[0]!.type === 'INITIAL' ? 'dialled' : 'answering';

describe.skipIf(whyNoCaptures)('every message of the captures', () => {
  test.for(captures())('%s: read and written back byte for byte', ([, text]) => {
    let count = 0;
    for (const lines of streamsOf(messagesOf(text)).values()) {
      const frames = new Frames(sideOf(lines));
      const messages = lines.flatMap(({ raw }) => frames.push(hex(raw)));
      expect(messages.map((message) => again(message).toString('hex'))).toEqual(lines.map(({ raw }) => raw));
      expect(frames.pending).toBe(0);
      count += messages.length;
    }
    expect(count).toBe(messagesOf(text).length);
    expect(count).toBeGreaterThan(10);
  });

  test('however the stream is cut into chunks', () => {
    const streams = captures().flatMap(([, text]) => [...streamsOf(messagesOf(text)).values()]);
    fc.assert(
      fc.property(
        fc.constantFrom(...streams),
        fc.infiniteStream(fc.integer({ min: 1, max: 90 })),
        (lines, sizes) => {
          const bytes = Buffer.concat(lines.map(({ raw }) => hex(raw)));
          const frames = new Frames(sideOf(lines));
          const messages: Message[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes.next().value;
            messages.push(...frames.push(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(messages.map(({ raw }) => raw.toString('hex'))).toEqual(lines.map(({ raw }) => raw));
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Real messages, if there are any, and what little can be made up; each with a byte or two changed, cut or doubled. */
const seeds = (): readonly Buffer[] => {
  const made = [
    encodeNotification({
      state: 'LOOKING',
      leader: 3n,
      zxid: 0x1_0000_0002n,
      electionEpoch: 7n,
      peerEpoch: 1n,
      version: 2,
      config: 'server.1=…',
    }),
    encodeInitial({ form: INITIAL_FORMS.single, sid: 3n, addresses: '127.0.0.1:3888' }),
    encodePacket({
      type: 'PING',
      zxid: 5n,
      data: [{ session: 4n, timeoutMs: 3 }],
      auth: [{ scheme: 'ip', id: 'x' }],
    }),
  ];
  const real = captures().flatMap(([, text]) => messagesOf(text).map(({ raw }) => hex(raw)));
  return [...made, ...real];
};

const damaged = (): fc.Arbitrary<Buffer> => {
  const change = fc.tuple(
    fc.nat(),
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom('set', 'cut', 'insert'),
  );
  return fc.tuple(fc.constantFrom(...seeds()), fc.array(change, { maxLength: 3 })).map(([seed, changes]) =>
    changes.reduce<Buffer>((bytes, [where, value, how]) => {
      const at = where % Math.max(1, bytes.length);
      const tail = how === 'set' ? at + 1 : at;
      const middle = how === 'cut' ? [] : [Buffer.of(value)];
      return how === 'cut' && value % 2 === 0
        ? bytes.subarray(0, at)
        : Buffer.concat([bytes.subarray(0, at), ...middle, bytes.subarray(how === 'cut' ? at + 1 : tail)]);
    }, seed),
  );
};

const bytesOfAnyKind = (): fc.Arbitrary<Buffer> =>
  fc.oneof(
    damaged(),
    fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes)),
  );

const refusedOr = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    expect((error as Error).message).not.toBe('');
    return null;
  }
};

describe('any bytes', () => {
  const readers: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    ['a packet', (bytes) => encodePacket(decodePacket(bytes))],
    ['a notification', (bytes) => encodeNotification(decodeNotification(bytes))],
    ['INITIAL', (bytes) => encodeInitial(decodeInitial(bytes))],
    ['a snapshot', (bytes) => encode(snapshot, decode(snapshot, bytes))],
  ];
  test.for(readers)('%s is either refused by name or written back as it was', ([, read]) => {
    fc.assert(
      fc.property(bytesOfAnyKind(), (bytes) => {
        const written = refusedOr(() => read(bytes));
        if (written !== null) expect(written.toString('hex')).toBe(bytes.toString('hex'));
      }),
      { numRuns: 1_000 },
    );
  });

  test('a stream of them is refused or waited for', () => {
    fc.assert(
      fc.property(
        bytesOfAnyKind(),
        fc.constantFrom<Side[]>('dialled', 'answering', 'quorum'),
        (bytes, side) => {
          const frames = new Frames(side);
          refusedOr(() => frames.push(bytes));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

test('INITIAL has two forms, and no third', () => {
  const several = { form: INITIAL_FORMS.multiple, sid: 2n, addresses: '10.0.0.1:3888|10.0.1.1:3888' };
  expect(decodeInitial(encodeInitial(several))).toEqual(several);
  expect(() => decodeInitial(encodeInitial({ ...several, form: -65534n }))).toThrow(/form -65534/);
});

test('notifications of older versions', () => {
  const old = {
    state: 'LEADING',
    leader: 3n,
    zxid: 9n,
    electionEpoch: 2n,
    peerEpoch: null,
    version: null,
    config: null,
  } as const;
  const middle = { ...old, peerEpoch: 1n, version: 1 };
  for (const [n, length] of [
    [old, 28],
    [middle, 40],
  ] as const) {
    expect(encodeNotification(n)).toHaveLength(4 + length);
    expect(decodeNotification(encodeNotification(n))).toEqual(n);
  }
  expect(() => decodeNotification(Buffer.concat([Buffer.from([0, 0, 0, 36]), Buffer.alloc(36)]))).toThrow(
    /36 bytes; there are 28, 40/,
  );
});

test('refusals name what is wrong', () => {
  expect(() => decodePacket(Buffer.alloc(20))).toThrow('type 0 is not known');
  const commit = encodePacket({ type: 'COMMIT', zxid: 1n, data: null, auth: null });
  expect(() => decodePacket(commit.subarray(0, 10))).toThrow('a field lies beyond the packet');
  expect(() => decodePacket(Buffer.concat([commit, commit]))).toThrow('20 bytes too many');
  commit.writeInt32BE(0, 12);
  expect(() => decodePacket(commit)).toThrow('COMMIT: a payload where there is none');
  const frames = new Frames('quorum');
  commit.writeInt32BE(0x7fff_ffff, 12);
  expect(() => frames.push(commit)).toThrow(/a payload of 2147483647/);
});
