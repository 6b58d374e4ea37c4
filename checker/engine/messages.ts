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

/** What a thread begins with. */
export interface Outfit {
  readonly thread: number;
  readonly threads: number;
  /** Of the memo tables. */
  readonly store: WasmMemory;
  readonly webAssembly: boolean;
  readonly program: Program;
  readonly visited: VisitedMemory;
  readonly directory: Directory;
  /** By property: 1 while it is worth asking. */
  readonly open: Uint8Array<SharedArrayBuffer>;
  /** Number of action names. */
  readonly actions: number;
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
  /** The tables have been filled in: do again what was put off. */
  | { readonly type: 'again' }
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

/** Something that the tables lack; or that a thread cannot go on, so that the one that owns the model has to see why. */
export type Miss =
  | { readonly type: 'trouble' }
  | { readonly type: 'conditions'; readonly slot: number; readonly component: number }
  | { readonly type: 'group'; readonly group: number; readonly state: Int32Array }
  | {
      readonly type: 'operation';
      readonly slot: number;
      readonly component: number;
      readonly operation: number;
    }
  | { readonly type: 'property'; readonly property: number; readonly state: Int32Array };

/** A property to be asked of a new state, where the tables do not know the answer. */
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
  | { readonly type: 'expanded'; readonly misses: readonly Miss[]; readonly log: LogPlace }
  | { readonly type: 'inserted' }
  | {
      readonly type: 'settled';
      readonly findings: readonly Finding[];
      readonly questions: readonly Question[];
      readonly totals: Totals;
    };
