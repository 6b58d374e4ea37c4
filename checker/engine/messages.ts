/** What the threads of a search say to each other. Arrays in it are shared, the rest is copied. */
import type { Finding } from './findings.js';
import type { Layout, Span } from './frontier.js';
import type { LinkChunk } from './links.js';
import type { LogPlace } from './log.js';
import type { Program } from './program.js';
import type { Totals } from './totals.js';
import type { VisitedMemory } from './half.js';
import type { WasmMemory } from './wasm.js';

/** States of a block at most: what is expanded before any of it is inserted. */
export const BLOCK_STATES = 1 << 17;
/** States of a chunk at most: what a thread takes at a time. */
export const CHUNK_STATES = 1 << 10;
/** A block is cut into so many chunks, or more: at its end threads wait for the one that has the last. */
export const LEAST_CHUNKS = 64;
export const MOST_CHUNKS = BLOCK_STATES / CHUNK_STATES;

/** How a block is divided. Each thread writes its own chunks; all read them in the next phase. */
export interface Directory {
  /** Numbers of the next chunks to be taken. */
  readonly toExpand: Int32Array<SharedArrayBuffer>;
  readonly toSettle: Int32Array<SharedArrayBuffer>;
  /** By chunk: the thread that has its successors in its log. */
  readonly owners: Int32Array<SharedArrayBuffer>;
  /** By chunk, one more than it has states: where the successors of each begin in that log, and where the last end. */
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
  /** Of blocks with even numbers, and of the others. */
  readonly directories: readonly [Directory, Directory];
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
  /** In the order in which they are begun. */
  readonly number: number;
  readonly cells: Int32Array<SharedArrayBuffer>;
  readonly layout: Layout;
  readonly from: number;
  readonly to: number;
  /** States of each chunk but the last, which may have fewer. */
  readonly chunkStates: number;
  /** Number of the state of record `from`. */
  readonly first: number;
  readonly depth: number;
}

export type Order =
  | {
      readonly type: 'expand';
      readonly block: Block;
      /** What comes next, if it is known that it does: to be begun by whoever has nothing else to do. */
      readonly ahead: Block | undefined;
    }
  | { readonly type: 'insert'; readonly logs: readonly LogPlace[] }
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

export type Report =
  | { readonly type: 'expanded'; readonly log: LogPlace }
  /** A state cannot be expanded. */
  | { readonly type: 'failed' }
  | { readonly type: 'inserted' }
  | {
      readonly type: 'settled';
      readonly findings: readonly Finding[];
      readonly questions: readonly Question[];
      /** Of all that has been settled, and of nothing that has been begun. */
      readonly totals: Totals;
    };
