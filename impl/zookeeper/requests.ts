/** What a client asks for, parsed: a read of this server's tree, a write for the log, or an error at once. */
import type { Buffer } from 'node:buffer';
import { CREATE, ERROR, OP } from './codes.js';
import { type JuteReader, JuteWriter } from './jute.js';
import { isValidPath } from './paths.js';
import type { Tree } from './tree.js';
import { encodeWrite } from './writes.js';

/** A reply without its header. */
export interface Answer {
  readonly error: number;
  readonly body?: Buffer;
}

export type Asked =
  | { readonly kind: 'read'; readonly run: (tree: Tree) => Answer }
  | { readonly kind: 'write'; readonly write: string }
  | { readonly kind: 'error'; readonly error: number }
  | { readonly kind: 'close' };

const unimplemented: Asked = { kind: 'error', error: ERROR.unimplemented };
const badArguments: Asked = { kind: 'error', error: ERROR.badArguments };

/** Everyone may do everything; other lists are not supported yet. */
const isOpenAcl = (reader: JuteReader): boolean => {
  const acl = reader.vector(() => ({ perms: reader.int(), scheme: reader.text(), id: reader.text() }));
  return acl.every(({ perms, scheme, id }) => perms === 31 && scheme === 'world' && id === 'anyone');
};

const create = (op: typeof OP.create | typeof OP.create2, reader: JuteReader, time: number): Asked => {
  const [path, data] = [reader.text(), reader.bytes()];
  const isOpen = isOpenAcl(reader);
  const flags = reader.int();
  const isSequential = flags === CREATE.persistentSequential;
  // The name of a sequential node may be its number alone.
  if (!isValidPath(isSequential ? `${path}0` : path) || path === '/') return badArguments;
  if (!isOpen || (flags !== CREATE.persistent && !isSequential)) return unimplemented;
  return { kind: 'write', write: encodeWrite({ op, path, data, time, isSequential }) };
};

const remove = (reader: JuteReader, time: number): Asked => {
  const [path, version] = [reader.text(), reader.int()];
  if (!isValidPath(path) || path === '/') return badArguments;
  return { kind: 'write', write: encodeWrite({ op: OP.delete, path, version, time }) };
};

const setData = (reader: JuteReader, time: number): Asked => {
  const [path, data, version] = [reader.text(), reader.bytes(), reader.int()];
  if (!isValidPath(path)) return badArguments;
  return { kind: 'write', write: encodeWrite({ op: OP.setData, path, data, version, time }) };
};

const sync = (reader: JuteReader, time: number): Asked => {
  const path = reader.text();
  if (!isValidPath(path)) return badArguments;
  return { kind: 'write', write: encodeWrite({ op: OP.sync, path, time }) };
};

/** Of a node that has to be there. */
const read = (
  reader: JuteReader,
  answer: (tree: Tree, path: string, writer: JuteWriter) => JuteWriter,
): Asked => {
  const [path, watches] = [reader.text(), reader.bool()];
  if (!isValidPath(path)) return badArguments;
  if (watches) return unimplemented;
  return {
    kind: 'read',
    run: (tree) =>
      tree.get(path) === undefined
        ? { error: ERROR.noNode }
        : { error: ERROR.ok, body: answer(tree, path, new JuteWriter()).done() },
  };
};

const names = (writer: JuteWriter, children: readonly string[]): JuteWriter => {
  writer.int(children.length);
  for (const name of children) writer.text(name);
  return writer;
};

/**
 * @param time milliseconds since 1970
 * @throws JuteError for a packet that is cut short
 */
export const parseRequest = (type: number, reader: JuteReader, time: number): Asked => {
  switch (type) {
    case OP.create:
    case OP.create2:
      return create(type, reader, time);
    case OP.delete:
      return remove(reader, time);
    case OP.setData:
      return setData(reader, time);
    case OP.sync:
      return sync(reader, time);
    case OP.exists:
      return read(reader, (tree, path, writer) => tree.writeStat(writer, tree.get(path)!));
    case OP.getData:
      return read(reader, (tree, path, writer) =>
        tree.writeStat(writer.bytes(tree.get(path)!.data), tree.get(path)!),
      );
    case OP.getChildren:
      return read(reader, (tree, path, writer) => names(writer, tree.childrenOf(path)));
    case OP.getChildren2:
      return read(reader, (tree, path, writer) =>
        tree.writeStat(names(writer, tree.childrenOf(path)), tree.get(path)!),
      );
    case OP.closeSession:
      return { kind: 'close' };
    default:
      return unimplemented;
  }
};
