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
 * Seals a message where it stands.
 * @param message a header, which goes in the clear, what is to be sealed, and room for the tag (`TAG` bytes)
 * @param from where the header ends
 * @param vouched so many bytes of the header cannot be changed either
 */
export const seal = (
  { short, long }: SealingKey,
  number: number,
  message: Buffer,
  from: number,
  vouched = from,
): void => {
  const end = message.length - TAG;
  if (end - from <= SHORT) {
    sealShort(short, nonceOf(number), message, from, vouched);
    return;
  }
  const cipher = createCipheriv(LONG_CIPHER, long, nonceOf(number));
  if (vouched > 0) cipher.setAAD(message.subarray(0, vouched));
  message.set(cipher.update(message.subarray(from, end)), from);
  // In this mode nothing is left for the end.
  cipher.final();
  message.set(cipher.getAuthTag(), end);
};

/**
 * Opens a message, where it stands if it is short; what came is gone then.
 * @returns null for what was not sealed with this key, number and header
 */
export const unseal = (
  { short, long }: SealingKey,
  number: number,
  message: Buffer,
  from: number,
  vouched = from,
): Buffer | null => {
  const end = message.length - TAG;
  if (end < from) return null;
  if (end - from <= SHORT)
    return openShort(short, nonceOf(number), message, from, vouched) ? message.subarray(from, end) : null;
  try {
    const decipher = createDecipheriv(LONG_CIPHER, long, nonceOf(number));
    if (vouched > 0) decipher.setAAD(message.subarray(0, vouched));
    decipher.setAuthTag(message.subarray(end));
    const plain = decipher.update(message.subarray(from, end));
    decipher.final();
    return plain;
  } catch {
    return null;
  }
};
