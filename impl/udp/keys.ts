/**
 * Keys: one secret of the ensemble, from which each pair of servers derives keys for each of their lives, and for each
 * link. Whoever does not have the secret can neither read nor write; what was recorded in one life means nothing in
 * another.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';

const CIPHER = 'aes-256-gcm';
export const TAG = 16;
export const MAC = 32;

/** Slow on purpose: a key may be a passphrase. */
export const masterKey = (key: string): Buffer => scryptSync(key, 'zab ensemble', 32);

export const derive = (from: Uint8Array, salt: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', from, salt, purpose, 32));

export const mac = (key: Uint8Array, bytes: Uint8Array): Buffer =>
  createHmac('sha256', key).update(bytes).digest();

export const isMac = (key: Uint8Array, bytes: Uint8Array, claimed: Uint8Array): boolean =>
  claimed.length === MAC && timingSafeEqual(mac(key, bytes), claimed);

/** A key is used for one direction of one life, and a number once with it. */
const nonceOf = (number: number): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(Math.floor(number / 2 ** 32), 4);
  nonce.writeUInt32BE(number % 2 ** 32, 8);
  return nonce;
};

/**
 * @param header goes in the clear, and cannot be changed either
 * @param before stands in front of what is returned, and is not vouched for
 */
export const seal = (
  key: Uint8Array,
  number: number,
  header: Uint8Array,
  plain: Uint8Array,
  before: Uint8Array = header,
): Buffer => {
  const cipher = createCipheriv(CIPHER, key, nonceOf(number));
  if (header.length > 0) cipher.setAAD(header);
  const sealed = cipher.update(plain);
  // In this mode nothing is left for the end.
  cipher.final();
  return Buffer.concat([before, sealed, cipher.getAuthTag()]);
};

/** @returns null for what was not sealed with this key, number and header */
export const unseal = (
  key: Uint8Array,
  number: number,
  header: Uint8Array,
  sealed: Uint8Array,
): Buffer | null => {
  if (sealed.length < TAG) return null;
  const decipher = createDecipheriv(CIPHER, key, nonceOf(number));
  if (header.length > 0) decipher.setAAD(header);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  try {
    const plain = decipher.update(sealed.subarray(0, sealed.length - TAG));
    decipher.final();
    return plain;
  } catch {
    return null;
  }
};
