/** What a ZooKeeper server's log files hold: the zxids of their transactions, in order. Source: FileTxnLog. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MAGIC = 'ZKLG';
const HEADER_BYTES = 16;
/** Behind the checksum: the length of the transaction; zero where the file is only reserved space. */
const LENGTH_AT = 8;
const TXN_AT = 12;
/** In a transaction: behind the session and the client's number. */
const ZXID_AT = 12;

const zxidsIn = (file: Buffer): readonly bigint[] => {
  const found: bigint[] = [];
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC) return found;
  for (let at = HEADER_BYTES; at + TXN_AT <= file.length; ) {
    const length = file.readInt32BE(at + LENGTH_AT);
    const end = at + TXN_AT + length;
    // The last byte of a whole entry is a B.
    if (length <= ZXID_AT || end >= file.length || file[end] !== 0x42) break;
    found.push(file.readBigInt64BE(at + TXN_AT + ZXID_AT));
    at = end + 1;
  }
  return found;
};

/** Of all its log files, those that a later snapshot hides among them. */
export const loggedZxids = (versionFolder: string): readonly bigint[] => {
  const number = (name: string): number => Number.parseInt(name.slice('log.'.length), 16);
  let files: string[];
  try {
    files = readdirSync(versionFolder).filter((name) => name.startsWith('log.'));
  } catch {
    return [];
  }
  return files
    .sort((a, b) => number(a) - number(b))
    .flatMap((name) => zxidsIn(readFileSync(join(versionFolder, name))));
};
