/** The journal: what was flushed is found again, round after round; a torn end is cut off, any other damage is named. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createJournal, Journal, type JournalState, type Mark, PAGE } from './journal.js';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'zab-')), 'journal');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

const PAGES = 8;
const HEADER = 28;
const fresh = (): JournalState => createJournal(path, PAGES * PAGE);

/** Writes a frame of so many bytes, all of them `byte`. */
const write = (journal: Journal, byte: number, length: number): void => {
  journal.compose([Buffer.alloc(length, byte)], length);
  journal.write();
};

const found = (state: JournalState, first: Mark): readonly (readonly [number, number])[] => {
  const journal = new Journal(path, { ...state, ...first });
  const frames = journal.found.map((body) => [body[0]!, body.length] as const);
  journal.close();
  return frames;
};

interface Lacking {
  readonly frame: readonly [number, number];
  readonly next: Mark;
}

/** The journal itself says the same of what the store lacks, all at once and one by one. */
const expectFrames = (journal: Journal, first: Mark, lacking: readonly Lacking[]): void => {
  const { bodies, next } = journal.framesFrom(first);
  expect(bodies.map((body) => [body[0], body.length])).toEqual(lacking.map(({ frame }) => frame));
  expect(next).toEqual(journal.mark);
  let at = first;
  for (const one of lacking) {
    const { bodies, next } = journal.framesFrom(at, 1);
    expect([bodies.length, bodies[0]![0], bodies[0]!.length]).toEqual([1, ...one.frame]);
    expect(next).toEqual(one.next);
    at = next;
  }
  expect(journal.framesFrom(at)).toEqual({ bodies: [], next: journal.mark });
  for (const one of lacking) {
    const { last, next } = journal.pass(first, one.next.at - first.at);
    expect([[last[0], last.length], next]).toEqual([one.frame, one.next]);
  }
};

test('what was written and not taken over is found, round after round', () => {
  const whole = PAGES * PAGE - HEADER;
  const length = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 2 * PAGE }) },
    fc.integer({ min: 1, max: whole }),
  );
  const lengths = fc.array(fc.record({ length, kept: fc.nat(3) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(lengths, (frames) => {
      const state = fresh();
      const journal = new Journal(path, state).open();
      let first: Mark = journal.mark;
      let lacking: Lacking[] = [];
      frames.forEach(({ length, kept }, i) => {
        if (lacking.length > kept || !journal.hasRoom(length, first)) {
          first = journal.mark;
          lacking = [];
        }
        expect(journal.hasRoom(length, first)).toBe(true);
        write(journal, i, length);
        lacking.push({ frame: [i, length], next: journal.mark });
        expect(found(state, first)).toEqual(lacking.map(({ frame }) => frame));
        expectFrames(journal, first, lacking);
      });
      journal.close();
    }),
    { numRuns: 30 },
  );
});

test('frames are given until they have so many bytes', () => {
  const journal = new Journal(path, fresh()).open();
  const first = journal.mark;
  for (const byte of [1, 2, 3]) write(journal, byte, 10);
  expect([9, 10, 11, 20, 21].map((bytes) => journal.framesFrom(first, 3, bytes).bodies.length)).toEqual([
    1, 1, 2, 2, 3,
  ]);
  journal.close();
});

test('a frame that a crash cut short is not taken for the one of its number that found no room behind it', () => {
  const state = fresh();
  const journal = new Journal(path, state).open();
  for (const byte of [1, 2, 3, 4, 5]) write(journal, byte, 10);
  const first = journal.mark;
  write(journal, 6, 2 * PAGE);
  journal.close();
  // Its first page came to the disk, and no other.
  const file = readFileSync(path);
  writeFileSync(path, file.fill(0, 6 * PAGE));
  const again = new Journal(path, { ...state, ...first }).open();
  expect(again.found).toEqual([]);
  write(again, 7, 4 * PAGE);
  const { bodies, next } = again.framesFrom(first);
  expect(bodies.map((body) => [body[0], body.length])).toEqual([[7, 4 * PAGE]]);
  expect(next).toEqual(again.mark);
  again.close();
  expect(found(state, first)).toEqual([[7, 4 * PAGE]]);
});

test('a thread writes the very same', async () => {
  const state = fresh();
  const journal = new Journal(path, state).open();
  const first = journal.mark;
  write(journal, 1, 10);
  journal.compose([Buffer.alloc(PAGE, 2)], PAGE);
  expect(await new Promise((done) => journal.writeByThread(done))).toBe(null);
  write(journal, 3, 10);
  journal.close();
  expect(found(state, first)).toEqual([
    [1, 10],
    [2, PAGE],
    [3, 10],
  ]);
});

test('there is no room for what would overwrite a frame that the store lacks', () => {
  const journal = new Journal(path, fresh()).open();
  const first = journal.mark;
  for (let i = 0; i < PAGES - 1; i++) write(journal, i, 100);
  expect(journal.hasRoom(PAGE, first)).toBe(false);
  expect(journal.hasRoom(100, first)).toBe(true);
  write(journal, 7, 100);
  expect(journal.hasRoom(1, first)).toBe(false);
  expect(journal.hasRoom(1, { seq: 2, at: PAGE })).toBe(true);
  journal.close();
});

/** Four frames; the second and the last are longer than a page. */
const four = (): { readonly state: JournalState; readonly begins: readonly number[] } => {
  const state = fresh();
  const journal = new Journal(path, state).open();
  const begins = [1, 2, 3, 4].map((byte) => {
    const { at } = journal.mark;
    write(journal, byte, byte % 2 === 0 ? PAGE + 10 : 10);
    return at;
  });
  journal.close();
  return { state, begins };
};

test('a last frame of which any byte is not what was written is cut off, and written anew', () => {
  const { state, begins } = four();
  const whole = readFileSync(path);
  const last = begins.at(-1)!;
  fc.assert(
    fc.property(fc.nat(HEADER + PAGE + 9), fc.integer({ min: 1, max: 255 }), (offset, flip) => {
      const torn = Buffer.from(whole);
      torn[last + offset]! ^= flip;
      writeFileSync(path, torn);
      expect(found(state, state).map(([byte]) => byte)).toEqual([1, 2, 3]);
      const journal = new Journal(path, state).open();
      write(journal, 9, 20);
      journal.close();
      expect(found(state, state).map(([byte]) => byte)).toEqual([1, 2, 3, 9]);
    }),
  );
});

test('any other frame of which a byte is not what was written is damage', () => {
  const { state, begins } = four();
  const whole = readFileSync(path);
  const lengths = [10, PAGE + 10, 10];
  const place = fc
    .nat(2)
    .chain((frame) => fc.tuple(fc.constant(frame), fc.nat(HEADER + lengths[frame]! - 1)));
  fc.assert(
    fc.property(place, fc.integer({ min: 1, max: 255 }), ([frame, offset], flip) => {
      const damaged = Buffer.from(whole);
      damaged[begins[frame]! + offset]! ^= flip;
      writeFileSync(path, damaged);
      expect(() => new Journal(path, state)).toThrow(
        new RegExp(`frame ${frame + 1} is damaged, and frame \\d behind it is not`),
      );
    }),
  );
});

test('what a client wrote cannot pass for a frame: it does not know the id of the file', () => {
  const state = fresh();
  const journal = new Journal(path, state).open();
  write(journal, 1, 10);
  const frame = readFileSync(path).subarray(0, PAGE);
  journal.close();
  // Another file, in which the frame stands on a page of its own, inside of a payload.
  const other = fresh();
  const again = new Journal(path, other).open();
  again.compose([Buffer.alloc(PAGE - HEADER), frame], 2 * PAGE - HEADER);
  again.write();
  again.close();
  expect(found(other, other)).toHaveLength(1);
  // Had it known it:
  expect(() => found({ ...other, id: state.id }, { seq: 1, at: 0 })).toThrow(/frame 1 is damaged/);
});

test('a journal that has gone, or has another size, is named', () => {
  const state = fresh();
  truncateSync(path, PAGE);
  expect(() => new Journal(path, state)).toThrow(/it has 4096 bytes, and should have 32768/);
  rmSync(path);
  expect(() => new Journal(path, state)).toThrow(/journal is missing/);
});
