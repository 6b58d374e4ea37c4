/** What is used of WebAssembly, with types, which Node's own leave out. */
import { readFileSync } from 'node:fs';

/** Memory that threads share: it is sent to them as it is. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

export type WasmFunction = (...args: number[]) => number;

export type Host = Readonly<Record<string, (...args: number[]) => unknown>>;

export interface WasmGlobal {
  value: number | bigint;
}

interface Api {
  readonly Memory: new (pages: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, WasmFunction | WasmGlobal>> };
}

const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Api }).WebAssembly;

/** Pages of 64 kilobytes: four gigabytes, of which only what is written to is ever resident; less where that is refused. */
const MOST = 2 ** 16;
const LEAST = 2 ** 8;

export const newMemory = (): WasmMemory => {
  for (let initial = MOST; initial > LEAST; initial /= 2) {
    try {
      return new Memory({ initial, maximum: MOST, shared: true });
    } catch {
      // Refused; half of it may do.
    }
  }
  return new Memory({ initial: LEAST, maximum: MOST, shared: true });
};

/** Compiled beside the compiled modules; the sources use the same. */
const FOLDER = import.meta.url.endsWith('.ts') ? '../../dist/checker/kernel/' : '../kernel/';

const modules = new Map<string, object>();

/** A module of `checker/kernel` over a memory, and what it may call. */
export const instantiate = (
  name: string,
  memory: WasmMemory,
  host: Host,
): {
  readonly globals: Readonly<Record<string, WasmGlobal>>;
  readonly functions: Readonly<Record<string, WasmFunction>>;
} => {
  let module = modules.get(name);
  if (module === undefined) {
    module = new Module(readFileSync(new URL(`${FOLDER}${name}.wasm`, import.meta.url)));
    modules.set(name, module);
  }
  const { exports } = new Instance(module, { env: { memory }, [name]: host });
  const all = Object.entries(exports);
  return {
    globals: Object.fromEntries(
      all.filter((entry): entry is [string, WasmGlobal] => typeof entry[1] === 'object'),
    ),
    functions: Object.fromEntries(
      all.filter((entry): entry is [string, WasmFunction] => typeof entry[1] === 'function'),
    ),
  };
};
