/** Writes to the tree as they travel through the log: what the client asked for, and when, by the server's clock. */
import { Buffer } from 'node:buffer';
import { OP } from './codes.js';
import { JuteReader, JuteWriter } from './jute.js';

export type TreeWrite = {
  readonly path: string;
  /** Milliseconds since 1970; all replicas take the same. */
  readonly time: number;
} & (
  | {
      readonly op: typeof OP.create | typeof OP.create2;
      readonly data: Buffer | null;
      /** The number of the parent's changes is appended to the path. */
      readonly isSequential: boolean;
    }
  | { readonly op: typeof OP.delete; readonly version: number }
  | { readonly op: typeof OP.setData; readonly data: Buffer | null; readonly version: number }
  /** Changes nothing; who waits for it has seen all that was committed before. */
  | { readonly op: typeof OP.sync }
);

/** Bytes of a write without its data, of a path that is not long. */
const HEADER = 128;

export const encodeWrite = (write: TreeWrite): string => {
  const room = HEADER + ('data' in write ? (write.data?.length ?? 0) : 0);
  const writer = new JuteWriter(room).int(write.op).number(write.time).text(write.path);
  switch (write.op) {
    case OP.create:
    case OP.create2:
      writer.bool(write.isSequential).bytes(write.data);
      break;
    case OP.setData:
      writer.int(write.version).bytes(write.data);
      break;
    case OP.delete:
      writer.int(write.version);
      break;
    case OP.sync:
      break;
  }
  return writer.done().toString('latin1');
};

/** @throws for what this version never wrote: a log of a later one */
export const decodeWrite = (text: string): TreeWrite => {
  const reader = new JuteReader(Buffer.from(text, 'latin1'));
  const op = reader.int();
  const [time, path] = [reader.number(), reader.text()];
  switch (op) {
    case OP.create:
    case OP.create2:
      return { op, time, path, isSequential: reader.bool(), data: reader.bytes() };
    case OP.setData:
      return { op, time, path, version: reader.int(), data: reader.bytes() };
    case OP.delete:
      return { op, time, path, version: reader.int() };
    case OP.sync:
      return { op, time, path };
    default:
      throw new Error(`a write of an unknown kind: ${op}`);
  }
};
