/**
 * ChaCha20-Poly1305 by libsodium in WebAssembly. What goes in and comes out has fixed places in its memory: reserving them
 * for each message, as its wrappers do, would take longer than the sealing.
 */
import { randomInt } from 'node:crypto';
import create from 'libsodium';

const sodium = await create({ getRandomValue: () => randomInt(2 ** 32) });
if (sodium._sodium_init() < 0) throw new Error('libsodium cannot be used on this machine');

const {
  _crypto_aead_chacha20poly1305_ietf_encrypt: encrypt,
  _crypto_aead_chacha20poly1305_ietf_decrypt: decrypt,
} = sodium;

/** Bytes of a message without its header, at most. */
export const SHORT = 2 ** 13;
const MOST_HEADER = 64;
export const TAG = 16;
const NONCE = 12;
const KEY = 32;

const place = (size: number): number => sodium._malloc(size);
const [messageAt, nonceAt, keyAt] = [place(MOST_HEADER + SHORT + TAG), place(NONCE), place(KEY)];

/** @returns the memory, with all of it in its place */
const put = (key: Uint8Array, nonce: Uint8Array, message: Uint8Array, from: number): Uint8Array => {
  if (from > MOST_HEADER || message.length - from > SHORT + TAG)
    throw new RangeError(`a message of ${message.length} bytes with a header of ${from}`);
  const memory = sodium.HEAPU8;
  memory.set(key, keyAt);
  memory.set(nonce, nonceAt);
  memory.set(message, messageAt);
  return memory;
};

/**
 * Seals the message where it stands.
 * @param message a header, `SHORT` bytes at most, and room for the tag
 * @param from where the header ends
 * @param vouched so many bytes of the header cannot be changed either
 */
export const sealShort = (
  key: Uint8Array,
  nonce: Uint8Array,
  message: Uint8Array,
  from: number,
  vouched: number,
): void => {
  const memory = put(key, nonce, message, from);
  const [at, length] = [messageAt + from, message.length - from - TAG];
  encrypt(at, 0, at, length, 0, messageAt, vouched, 0, 0, nonceAt, keyAt);
  message.set(memory.subarray(at, at + length + TAG), from);
};

/**
 * Opens it where it stands; `TAG` bytes at the end mean nothing then.
 * @returns false for what was not sealed with this key and nonce, or whose header is another; it stays as it is
 */
export const openShort = (
  key: Uint8Array,
  nonce: Uint8Array,
  message: Uint8Array,
  from: number,
  vouched: number,
): boolean => {
  const memory = put(key, nonce, message, from);
  const [at, length] = [messageAt + from, message.length - from];
  if (decrypt(at, 0, 0, at, length, 0, messageAt, vouched, 0, nonceAt, keyAt) !== 0) return false;
  message.set(memory.subarray(at, at + length - TAG), from);
  return true;
};
