/**
 * Keys: one secret of the ensemble, from which each pair of servers derives keys for each of their lives, and for each
 * link. Whoever does not have the secret can neither read nor write; what was recorded in one life means nothing in
 * another.
 */
import { Buffer } from 'node:buffer';
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';
import { openShort, SHORT, sealShort, TAG } from './sodium.js';

export const MAC = 32;

/** Slow on purpose: a key may be a passphrase. */
export const masterKey = (key: string): Buffer => scryptSync(key, 'zab ensemble', 32);

export const derive = (from: Uint8Array, salt: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', from, salt, purpose, 32));

export const mac = (key: Uint8Array, bytes: Uint8Array): Buffer =>
  createHmac('sha256', key).update(bytes).digest();

export const isMac = (key: Uint8Array, bytes: Uint8Array, claimed: Uint8Array): boolean =>
  claimed.length === MAC && timingSafeEqual(mac(key, bytes), claimed);

/** Of one direction of one life; a number is used once with it. */
export interface SealingKey {
  readonly short: Uint8Array;
  readonly long: Uint8Array;
}

export const sealingKey = (from: Uint8Array, salt: Uint8Array, purpose: string): SealingKey => ({
  short: derive(from, salt, `${purpose}, short`),
  long: derive(from, salt, `${purpose}, long`),
});

/**
 * Up to `SHORT` bytes libsodium seals, by ChaCha20-Poly1305: it makes no object of Node's for each message, which is what
 * short ones cost. Long ones are sealed by AES-256-GCM, for which processors have instructions.
 */
const LONG_CIPHER = 'aes-256-gcm';

const nonce = Buffer.alloc(12);

const nonceOf = (number: number): Buffer => {
  nonce.writeUInt32BE(Math.floor(number / 2 ** 32), 4);
  nonce.writeUInt32BE(number % 2 ** 32, 8);
  return nonce;
};

/**
 * @param header goes in the clear, and cannot be changed either
 * @param before stands in front of what is returned, and is not vouched for
 */
export const seal = (
  { short, long }: SealingKey,
  number: number,
  header: Uint8Array,
  plain: Uint8Array,
  before: Uint8Array = header,
): Buffer => {
  if (plain.length <= SHORT) return sealShort(short, nonceOf(number), header, plain, before);
  const cipher = createCipheriv(LONG_CIPHER, long, nonceOf(number));
  if (header.length > 0) cipher.setAAD(header);
  const sealed = cipher.update(plain);
  // In this mode nothing is left for the end.
  cipher.final();
  return Buffer.concat([before, sealed, cipher.getAuthTag()]);
};

/** @returns null for what was not sealed with this key, number and header */
export const unseal = (
  { short, long }: SealingKey,
  number: number,
  header: Uint8Array,
  sealed: Uint8Array,
): Buffer | null => {
  const length = sealed.length - TAG;
  if (length < 0) return null;
  if (length <= SHORT) return openShort(short, nonceOf(number), header, sealed);
  try {
    const decipher = createDecipheriv(LONG_CIPHER, long, nonceOf(number));
    if (header.length > 0) decipher.setAAD(header);
    decipher.setAuthTag(sealed.subarray(length));
    const plain = decipher.update(sealed.subarray(0, length));
    decipher.final();
    return plain;
  } catch {
    return null;
  }
};
