/** What the threads of a search say to each other. Arrays in it are shared, the rest is copied. */
import type { Finding } from './findings.js';
import type { Layout, Span } from './frontier.js';
import type { LinkChunk } from './links.js';
import type { LogPlace } from './log.js';
import type { Members } from './orbits.js';
import type { Program } from './program.js';
import type { VisitedMemory } from './half.js';
import type { WasmMemory } from './wasm.js';

/** States of a chunk: what a thread takes at a time. */
export const CHUNK_STATES = 1024;
/** Chunks of a block at most: what is expanded before any of it is inserted. */
export const BLOCK_CHUNKS = 256;

/** How a block is divided. Each thread writes its own chunks; all read them in the next phase. */
export interface Directory {
  /** Number of the next chunk to be taken. */
  readonly ticket: Int32Array<SharedArrayBuffer>;
  /** By chunk: the thread that has its successors in its log. */
  readonly owners: Int32Array<SharedArrayBuffer>;
  /** By chunk, CHUNK_STATES + 1 each: where the successors of each state begin in that log. */
  readonly starts: Int32Array<SharedArrayBuffer>;
  /** By thread and chunk: successors that were new, of those that this thread inserted. */
  readonly wins: Int32Array<SharedArrayBuffer>;
}

/** What each thread has to begin with. */
export interface Kit {
  readonly thread: number;
  readonly threads: number;
  readonly webAssembly: boolean;
  readonly visited: VisitedMemory;
  readonly directory: Directory;
  /** By property: 1 while it is worth asking. */
  readonly open: Uint8Array<SharedArrayBuffer>;
  /** Number of action names. */
  readonly actions: number;
}

/** The same for one that does not own the tables. */
export interface Outfit extends Kit {
  /** Of the memo tables. */
  readonly store: WasmMemory;
  readonly program: Program;
  /** Address of its mailbox, and of the bell of the thread that owns the tables. */
  readonly mailbox: number;
  readonly bell: number;
}

export interface Block {
  readonly cells: Int32Array<SharedArrayBuffer>;
  readonly layout: Layout;
  readonly from: number;
  readonly to: number;
  /** Number of the state of record `from`. */
  readonly first: number;
  readonly depth: number;
}

export type Order =
  | { readonly type: 'expand'; readonly block: Block }
  | { readonly type: 'insert'; readonly chunks: number; readonly logs: readonly LogPlace[] }
  | {
      readonly type: 'settle';
      readonly layout: Layout;
      readonly spans: readonly Span[];
      /** By chunk: how many new states come before its own. */
      readonly offsets: readonly number[];
      /** Where the links of the new states are to be set, and the place of the first among these. */
      readonly links: readonly LinkChunk[];
      readonly base: number;
    };

/** A property that is to be asked of a new state again, in its turn: the model has thrown. */
export interface Question extends Finding {
  readonly state: Int32Array;
}

export interface Totals {
  readonly generated: number;
  readonly terminal: number;
  readonly coverage: Float64Array;
  /** States in the orbits of those that were expanded, and successors of these; nothing without symmetry. */
  readonly members: Members;
}

export type Report =
  | { readonly type: 'expanded'; readonly log: LogPlace }
  /** A state cannot be expanded. */
  | { readonly type: 'failed' }
  | { readonly type: 'inserted' }
  | {
      readonly type: 'settled';
      readonly findings: readonly Finding[];
      readonly questions: readonly Question[];
      readonly totals: Totals;
    };
