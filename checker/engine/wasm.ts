/** What is used of WebAssembly, with types, which Node's own leave out. */

/** Memory that threads share: it is sent to them as it is. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

export type WasmFunction = (...args: number[]) => number;

interface Api {
  readonly Memory: new (pages: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<
      Record<string, Readonly<Record<string, WasmMemory | ((...args: number[]) => unknown)>>>
    >,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const {
  Memory: WasmMemory,
  Module: WasmModule,
  Instance: WasmInstance,
} = (globalThis as unknown as { readonly WebAssembly: Api }).WebAssembly;
