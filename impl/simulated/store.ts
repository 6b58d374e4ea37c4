/** The state machine of the simulated runs: a value for each key, and a digest of all that was ever applied, in order. */
import { Buffer } from 'node:buffer';
import type { Restoration, StateMachine } from '../machine.js';

export type StoreWrite =
  | { readonly type: 'write'; readonly key: string; readonly value: number }
  /** Changes nothing; whoever waits for it has seen all that was committed before. */
  | { readonly type: 'sync'; readonly id: number };

interface Contents {
  readonly digest: number;
  readonly values: Readonly<Record<string, number>>;
}

const mix = (digest: number, text: string): number => {
  let hash = digest;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0;
  return hash;
};

const PIECE = 40;

export class Store implements StateMachine {
  #values: Record<string, number> = {};
  #digest = 2166136261;

  get digest(): number {
    return this.#digest;
  }

  read(key: string): number | null {
    return this.#values[key] ?? null;
  }

  apply = (write: string, zxid: number): string => {
    this.#digest = mix(this.#digest, `${zxid}${write}`);
    const parsed = JSON.parse(write) as StoreWrite;
    if (parsed.type === 'write') this.#values[parsed.key] = parsed.value;
    return 'ok';
  };

  image = (): Iterable<Uint8Array> => {
    const contents: Contents = { digest: this.#digest, values: { ...this.#values } };
    const bytes = Buffer.from(JSON.stringify(contents));
    return Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
      bytes.subarray(i * PIECE, (i + 1) * PIECE),
    );
  };

  restore = (): Restoration => {
    const pieces: Uint8Array[] = [];
    return {
      piece: (piece) => pieces.push(piece),
      finish: () => {
        const { digest, values } = JSON.parse(Buffer.concat(pieces).toString()) as Contents;
        this.#digest = digest;
        this.#values = { ...values };
      },
    };
  };
}
