/**
 * ChaCha20-Poly1305 by libsodium in WebAssembly. What goes in and comes out has fixed places in its memory: reserving them
 * for each message, as its wrappers do, would take longer than the sealing.
 */
import { Buffer } from 'node:buffer';
import { randomInt } from 'node:crypto';
import create from 'libsodium';

const sodium = await create({ getRandomValue: () => randomInt(2 ** 32) });
if (sodium._sodium_init() < 0) throw new Error('libsodium cannot be used on this machine');

const {
  _crypto_aead_chacha20poly1305_ietf_encrypt: encrypt,
  _crypto_aead_chacha20poly1305_ietf_decrypt: decrypt,
} = sodium;

/** Bytes of a message, at most. */
export const SHORT = 2 ** 12;
const MOST_HEADER = 64;
export const TAG = 16;
const NONCE = 12;
const KEY = 32;

const place = (size: number): number => sodium._malloc(size);
const [plainAt, sealedAt, headerAt, nonceAt, keyAt] = [
  place(SHORT),
  place(SHORT + TAG),
  place(MOST_HEADER),
  place(NONCE),
  place(KEY),
];

const put = (key: Uint8Array, nonce: Uint8Array, header: Uint8Array): Uint8Array => {
  if (header.length > MOST_HEADER) throw new RangeError(`a header of ${header.length} bytes`);
  const memory = sodium.HEAPU8;
  memory.set(key, keyAt);
  memory.set(nonce, nonceAt);
  memory.set(header, headerAt);
  return memory;
};

/**
 * @param plain `SHORT` bytes at most
 * @param before stands in front of what is returned
 */
export const sealShort = (
  key: Uint8Array,
  nonce: Uint8Array,
  header: Uint8Array,
  plain: Uint8Array,
  before: Uint8Array,
): Buffer => {
  const memory = put(key, nonce, header);
  const { length } = plain;
  memory.set(plain, plainAt);
  encrypt(sealedAt, 0, plainAt, length, 0, headerAt, header.length, 0, 0, nonceAt, keyAt);
  const sealed = Buffer.allocUnsafe(before.length + length + TAG);
  sealed.set(before);
  sealed.set(memory.subarray(sealedAt, sealedAt + length + TAG), before.length);
  return sealed;
};

/**
 * @param sealed `SHORT + TAG` bytes at most, `TAG` at least
 * @returns null for what was not sealed with this key, nonce and header
 */
export const openShort = (
  key: Uint8Array,
  nonce: Uint8Array,
  header: Uint8Array,
  sealed: Uint8Array,
): Buffer | null => {
  const memory = put(key, nonce, header);
  const { length } = sealed;
  memory.set(sealed, sealedAt);
  const failed = decrypt(plainAt, 0, 0, sealedAt, length, 0, headerAt, header.length, 0, nonceAt, keyAt);
  if (failed !== 0) return null;
  return Buffer.from(memory.subarray(plainAt, plainAt + length - TAG));
};
