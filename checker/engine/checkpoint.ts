/**
 * What a search has to know to go on where another process left off, besides the journal of its states: the frontiers, the
 * components that their ids stand for, the counts. It is written to a file of its own, flushed, and renamed over the one
 * before, so that there is a whole one at any moment.
 *
 * The file: parts, each with its length and a checksum. First what is in `Snapshot`, in JSON, but for the components and
 * the segments; then the components of each kind, canonical encodings in the order of their ids; then each segment.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { InputError } from '../errors.js';
import { FolderInUse, lockFolder } from '../lock.js';
import type { CheckOptions } from '../result.js';
import { onDisk, readFully, writeFully } from './disk.js';
import type { Finding } from './findings.js';
import type { PackedSegment } from './frontier.js';

const FORMAT = 'zab checkpoint';
const VERSION = 1;

/** What a checkpoint is of. All of it has to be the same in a search that goes on from it. */
export interface Identity {
  readonly model: string;
  readonly config: unknown;
  /** Invariants and goals. */
  readonly properties: readonly string[];
  readonly symmetry: boolean;
  /** Of the code of the model; null where nobody said. */
  readonly specification: string | null;
}

/** How far the search has come. */
export interface Counts {
  readonly levels: readonly number[];
  /** States of which the successors are known. */
  readonly expanded: number;
  readonly generated: number;
  readonly terminal: number;
  readonly coverage: readonly number[];
  readonly members: { readonly distinct: number; readonly generated: number };
  readonly findings: readonly Finding[];
  /** Bytes of the journal. */
  readonly journal: number;
}

export interface Snapshot {
  readonly identity: Identity;
  readonly counts: Counts;
  /** By kind: canonical encodings of the components, by id. */
  readonly components: readonly (readonly string[])[];
  /** What is left of the present level, and what has been found of the next. */
  readonly frontier: Iterable<PackedSegment>;
  readonly next: Iterable<PackedSegment>;
}

interface Header {
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly identity: Identity;
  readonly counts: Counts;
  readonly kinds: number;
}

/** What comes before each segment: whose it is, and how its records are packed. Null after the last. */
type SegmentHeader = { readonly of: 'frontier' | 'next'; readonly capacities: readonly number[] } | null;

const PREFIX = 16;

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

class Writer {
  private offset = 0;
  constructor(private readonly file: number) {}

  part(bytes: Uint8Array): void {
    const prefix = new Float64Array([bytes.length, crc32(bytes)]);
    writeFully(this.file, new Uint8Array(prefix.buffer), this.offset);
    writeFully(this.file, bytes, this.offset + PREFIX);
    this.offset += PREFIX + bytes.length;
  }

  segments(of: 'frontier' | 'next', segments: Iterable<PackedSegment>): void {
    for (const { capacities, bytes } of segments) {
      const header: SegmentHeader = { of, capacities: [...capacities] };
      this.part(bytesOf(header));
      this.part(bytes);
    }
  }
}

class Reader {
  private offset = 0;
  constructor(
    private readonly file: number,
    private readonly path: string,
  ) {}

  part(): Uint8Array<ArrayBuffer> {
    const prefix = new Float64Array(2);
    if (!readFully(this.file, new Uint8Array(prefix.buffer), this.offset)) return this.damaged();
    const [length, sum] = prefix as unknown as [number, number];
    // A length that was damaged may be anything.
    if (!Number.isSafeInteger(length) || length < 0 || length > 2 ** 32) return this.damaged();
    const bytes = new Uint8Array(length);
    if (!readFully(this.file, bytes, this.offset + PREFIX) || crc32(bytes) !== sum) return this.damaged();
    this.offset += PREFIX + length;
    return bytes;
  }

  json<T>(): T {
    return JSON.parse(new TextDecoder().decode(this.part())) as T;
  }

  damaged(): never {
    throw new InputError(
      `--resume: ${this.path}: damaged or cut off at byte ${this.offset}; the search has to begin again, in another folder`,
    );
  }
}

const fileIn = (folder: string): string => join(folder, 'checkpoint.zab');

export const journalIn = (folder: string): string => join(folder, 'states.zab');

/** @throws InputError if there is a checkpoint in the folder, which would be lost, or if none can be written there. */
export const prepareFolder = (folder: string): void => {
  if (existsSync(fileIn(folder)))
    throw new InputError(
      `--checkpoint: ${folder} holds a checkpoint; go on from it with --resume ${folder}, or remove the folder, or name another`,
    );
  onDisk('--checkpoint', folder, () => mkdirSync(folder, { recursive: true }));
};

/**
 * Keeps others from writing there until the search is over: two would mix up their states in one journal.
 * @returns a function that lets go of the folder
 * @throws InputError if somebody writes there, or if the folder is not what it has to be
 */
export const lockCheckpoints = async ({
  checkpoint,
  resume,
}: Pick<CheckOptions, 'checkpoint' | 'resume'>): Promise<() => Promise<void>> => {
  const folder = resume ?? checkpoint;
  if (folder === undefined) return async () => {};
  if (resume === undefined) prepareFolder(folder);
  else requireCheckpoint(folder);
  const flag = resume === undefined ? '--checkpoint' : '--resume';
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (error instanceof FolderInUse)
      throw new InputError(
        `${flag}: ${folder}: another search is writing its checkpoints there; wait for its end, or name another folder`,
      );
    return onDisk(flag, folder, () => {
      throw error;
    });
  }
};

/** @throws InputError if it cannot be written. The checkpoint before it is then still there. */
export const writeCheckpoint = (folder: string, snapshot: Snapshot): void => {
  const path = fileIn(folder);
  const temporary = `${path}.new`;
  onDisk('--checkpoint', temporary, () => {
    const file = openSync(temporary, 'w');
    try {
      writeTo(new Writer(file), snapshot);
      fsyncSync(file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  });
};

const writeTo = (writer: Writer, { identity, counts, components, frontier, next }: Snapshot): void => {
  const header: Header = { format: FORMAT, version: VERSION, identity, counts, kinds: components.length };
  writer.part(bytesOf(header));
  for (const texts of components) writer.part(bytesOf(texts));
  writer.segments('frontier', frontier);
  writer.segments('next', next);
  writer.part(bytesOf(null));
};

/** So that the new name outlives a loss of power; not every system can. */
const syncFolder = (folder: string): void => {
  try {
    const directory = openSync(folder, 'r');
    fsyncSync(directory);
    closeSync(directory);
  } catch {}
};

const requireCheckpoint = (folder: string): void => {
  const path = fileIn(folder);
  if (!existsSync(path))
    throw new InputError(`--resume: ${folder} holds no checkpoint (there is no ${path})`);
};

/** @throws InputError if there is none that this search can go on from, saying why. */
export const readCheckpoint = (folder: string, identity: Identity): Snapshot => {
  requireCheckpoint(folder);
  const path = fileIn(folder);
  return onDisk('--resume', path, () => {
    const file = openSync(path, 'r');
    try {
      return readFrom(new Reader(file, path), path, identity);
    } finally {
      closeSync(file);
    }
  });
};

const readFrom = (reader: Reader, path: string, identity: Identity): Snapshot => {
  const header = reader.json<Header>();
  if (header.format !== FORMAT || header.version !== VERSION)
    throw new InputError(
      `--resume: ${path}: written by another version of zab (format ${header.version}, not ${VERSION}); resume it with that one`,
    );
  refuseOthers(path, header.identity, identity);
  const components = Array.from({ length: header.kinds }, () => reader.json<string[]>());
  const segments = { frontier: [] as PackedSegment[], next: [] as PackedSegment[] };
  for (let one = reader.json<SegmentHeader>(); one !== null; one = reader.json<SegmentHeader>())
    segments[one.of].push({ capacities: one.capacities, bytes: reader.part() });
  return { identity, counts: header.counts, components, ...segments };
};

const shown = (value: unknown): string => JSON.stringify(value) ?? 'none';

/** @throws InputError that names every difference. */
const refuseOthers = (path: string, theirs: Identity, ours: Identity): void => {
  const fields = (identity: Identity): Record<string, unknown> => {
    const { config, specification, ...rest } = identity;
    const named = Object.entries(config ?? {}).map(([name, value]) => [`config.${name}`, value]);
    return { ...rest, ...Object.fromEntries(named) };
  };
  const [their, our] = [fields(theirs), fields(ours)];
  const names = [...new Set([...Object.keys(their), ...Object.keys(our)])];
  const differences = names
    .filter((name) => shown(their[name]) !== shown(our[name]))
    .map((name) => `${name} is ${shown(their[name])} there, ${shown(our[name])} here`);
  if (theirs.specification !== ours.specification)
    differences.push('the code of the specification or of the model is not the same as it was');
  if (differences.length > 0)
    throw new InputError(
      differences.map((one) => `--resume: ${path} is of another search: ${one}`).join('\n'),
    );
};
