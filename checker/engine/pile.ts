/** Arrays of bytes, by number in the order in which they came; what exceeds the memory allowed lies in a file. */
import type { ScratchFile } from './scratch.js';

interface Place {
  readonly offset: number;
  readonly length: number;
}

export class Pile {
  private readonly held: (Uint8Array | Place)[] = [];
  private bytes = 0;

  private file: ScratchFile | undefined;

  /** @param mostBytes that are held; what comes later goes to the file. */
  constructor(
    private readonly mostBytes: number,
    private readonly newFile: () => ScratchFile,
  ) {}

  get count(): number {
    return this.held.length;
  }

  push(bytes: Uint8Array): void {
    if (this.bytes + bytes.length <= this.mostBytes) {
      this.held.push(bytes);
      this.bytes += bytes.length;
      return;
    }
    this.file ??= this.newFile();
    this.held.push({ offset: this.file.append(bytes), length: bytes.length });
  }

  get(number: number): Uint8Array {
    const held = this.held[number]!;
    if (held instanceof Uint8Array) return held;
    const bytes = new Uint8Array(held.length);
    this.file!.read(bytes, held.offset);
    return bytes;
  }
}
