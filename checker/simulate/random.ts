/** Random numbers from a seed: the same on every machine, and each walk has its own, so that walks can be repeated alone. */
import { encode, hash64 } from '../canonical.js';

/** Chris Doty-Humphrey's sfc32: small, fast, and passes PractRand. */
export class Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9;
  private counter = 1;

  /** @param names JSON; different names, different numbers. */
  constructor(...names: readonly unknown[]) {
    const { lo, hi } = hash64(encode(names));
    this.a = lo;
    this.b = hi;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** An integer from 0 to n - 1. The bias of a modulus is far below what a walk could notice. */
  below(n: number): number {
    return (this.bits() >>> 0) % n;
  }

  private bits(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum;
  }
}
