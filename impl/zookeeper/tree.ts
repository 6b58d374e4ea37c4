/**
 * ZooKeeper's data tree as a state machine: persistent nodes with data and versions. Nodes are replaced, never changed,
 * so that an image is a list of those that were there when it was asked for.
 */
import { Buffer } from 'node:buffer';
import type { Restoration, Result, StateMachine } from '../machine.js';
import { ERROR, OP } from './codes.js';
import { JuteReader, JuteWriter } from './jute.js';
import { nameOf, parentOf } from './paths.js';
import { decodeWrite, type TreeWrite } from './writes.js';

export interface Node {
  readonly path: string;
  readonly data: Buffer | null;
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  /** Milliseconds since 1970. */
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  /** Creations and deletions of children. */
  readonly cversion: number;
}

const MAGIC = 0x7a747231;
const PIECE = 64 * 1024;

const ROOT: Node = {
  path: '/',
  data: Buffer.alloc(0),
  czxid: 0,
  mzxid: 0,
  pzxid: 0,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
};

/** What a write returns: an error code, and behind it what the client gets. */
const result =
  (error: number, body?: (writer: JuteWriter) => JuteWriter): Result =>
  () => {
    const writer = new JuteWriter().int(error);
    body?.(writer);
    return writer.done().toString('latin1');
  };

export interface WriteResult {
  readonly error: number;
  readonly body: Buffer;
}

export const parseResult = (text: string): WriteResult => {
  const bytes = Buffer.from(text, 'latin1');
  return { error: bytes.readInt32BE(0), body: bytes.subarray(4) };
};

export class Tree implements StateMachine {
  #nodes = new Map<string, Node>([['/', ROOT]]);
  #children = new Map<string, Set<string>>();
  #bytes = 0;

  get size(): number {
    return this.#nodes.size;
  }

  /** Of paths and data together. */
  get bytes(): number {
    return this.#bytes;
  }

  get(path: string): Node | undefined {
    return this.#nodes.get(path);
  }

  childrenOf(path: string): readonly string[] {
    return [...(this.#children.get(path) ?? [])];
  }

  writeStat(writer: JuteWriter, node: Node): JuteWriter {
    return writer
      .number(node.czxid)
      .number(node.mzxid)
      .number(node.ctime)
      .number(node.mtime)
      .int(node.version)
      .int(node.cversion)
      .int(0)
      .number(0)
      .int(node.data?.length ?? 0)
      .int(this.#children.get(node.path)?.size ?? 0)
      .number(node.pzxid);
  }

  // --- writes

  apply = (write: string, zxid: number): Result => {
    const parsed = decodeWrite(write);
    switch (parsed.op) {
      case OP.create:
      case OP.create2:
        return this.#create(parsed, zxid);
      case OP.delete:
        return this.#delete(parsed, zxid);
      case OP.setData:
        return this.#setData(parsed, zxid);
      case OP.sync:
        return result(ERROR.ok, (writer) => writer.text(parsed.path));
    }
  };

  #put(node: Node): void {
    const before = this.#nodes.get(node.path);
    this.#bytes += (node.data?.length ?? 0) - (before?.data?.length ?? 0);
    if (before === undefined) this.#bytes += node.path.length;
    this.#nodes.set(node.path, node);
  }

  #create(write: Extract<TreeWrite, { op: 1 | 15 }>, zxid: number): Result {
    const { data, time, isSequential, op } = write;
    const parent = this.#nodes.get(parentOf(write.path));
    if (parent === undefined) return result(ERROR.noNode);
    const path = isSequential ? write.path + String(parent.cversion).padStart(10, '0') : write.path;
    if (this.#nodes.has(path)) return result(ERROR.nodeExists);
    const node: Node = {
      path,
      data,
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: time,
      mtime: time,
      version: 0,
      cversion: 0,
    };
    this.#put(node);
    this.#put({ ...parent, cversion: parent.cversion + 1, pzxid: zxid });
    this.#adopt(path);
    return result(ERROR.ok, (writer) =>
      op === OP.create2 ? this.writeStat(writer.text(path), node) : writer.text(path),
    );
  }

  #adopt(path: string): void {
    const siblings = this.#children.get(parentOf(path));
    if (siblings) siblings.add(nameOf(path));
    else this.#children.set(parentOf(path), new Set([nameOf(path)]));
  }

  #delete({ path, version }: Extract<TreeWrite, { op: 2 }>, zxid: number): Result {
    const node = this.#nodes.get(path);
    if (node === undefined) return result(ERROR.noNode);
    if (version !== -1 && version !== node.version) return result(ERROR.badVersion);
    if ((this.#children.get(path)?.size ?? 0) > 0) return result(ERROR.notEmpty);
    const parent = this.#nodes.get(parentOf(path))!;
    this.#nodes.delete(path);
    this.#children.delete(path);
    this.#bytes -= path.length + (node.data?.length ?? 0);
    const siblings = this.#children.get(parent.path)!;
    siblings.delete(nameOf(path));
    if (siblings.size === 0) this.#children.delete(parent.path);
    this.#put({ ...parent, cversion: parent.cversion + 1, pzxid: zxid });
    return result(ERROR.ok);
  }

  #setData({ path, data, version, time }: Extract<TreeWrite, { op: 5 }>, zxid: number): Result {
    const node = this.#nodes.get(path);
    if (node === undefined) return result(ERROR.noNode);
    if (version !== -1 && version !== node.version) return result(ERROR.badVersion);
    const { czxid, pzxid, ctime, cversion } = node;
    // As a spread of what came from a spread this would take thirty times as long.
    const next: Node = {
      path,
      data,
      czxid,
      mzxid: zxid,
      pzxid,
      ctime,
      mtime: time,
      version: node.version + 1,
      cversion,
    };
    this.#put(next);
    return result(ERROR.ok, (writer) => this.writeStat(writer, next));
  }

  // --- images

  image = (): Iterable<Uint8Array> => pieces([...this.#nodes.values()]);

  restore = (): Restoration => {
    const nodes: Node[] = [];
    let expected: number | null = null;
    return {
      piece: (piece) => {
        const reader = new JuteReader(Buffer.from(piece));
        if (expected === null) expected = readHeader(reader);
        while (!reader.isAtEnd) nodes.push(readNode(reader));
      },
      finish: () => {
        if (expected !== nodes.length)
          throw new Error(`an image of ${expected} nodes came with ${nodes.length}`);
        this.#replace(nodes);
      },
    };
  };

  #replace(nodes: readonly Node[]): void {
    this.#nodes = new Map();
    this.#children = new Map();
    this.#bytes = 0;
    for (const node of nodes) {
      this.#put(node);
      if (node.path !== '/') this.#adopt(node.path);
    }
  }
}

const pieces = function* (nodes: readonly Node[]): Iterable<Uint8Array> {
  let writer = new JuteWriter().int(MAGIC).int(nodes.length);
  for (const node of nodes) {
    writer
      .text(node.path)
      .bytes(node.data)
      .number(node.czxid)
      .number(node.mzxid)
      .number(node.pzxid)
      .number(node.ctime)
      .number(node.mtime)
      .int(node.version)
      .int(node.cversion);
    if (writer.length < PIECE) continue;
    yield writer.done();
    writer = new JuteWriter();
  }
  if (writer.length > 0) yield writer.done();
};

const readHeader = (reader: JuteReader): number => {
  if (reader.int() !== MAGIC) throw new Error('an image of something else');
  return reader.int();
};

const readNode = (reader: JuteReader): Node => {
  const [path, data] = [reader.text(), reader.bytes()];
  const [czxid, mzxid, pzxid] = [reader.number(), reader.number(), reader.number()];
  const [ctime, mtime] = [reader.number(), reader.number()];
  return {
    path,
    data: data && Buffer.from(data),
    czxid,
    mzxid,
    pzxid,
    ctime,
    mtime,
    version: reader.int(),
    cversion: reader.int(),
  };
};
