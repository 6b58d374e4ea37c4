/** The part of `libsodium` that is used here; the package brings no types. Places are addresses in `HEAPU8`, 64-bit lengths are in two halves. */
declare module 'libsodium' {
  export interface Sodium {
    /** May be another one after each call. */
    readonly HEAPU8: Uint8Array;
    _malloc(size: number): number;
    /** @returns below 0 if it cannot be used */
    _sodium_init(): number;
    _crypto_aead_chacha20poly1305_ietf_encrypt(
      sealed: number,
      sealedLength: 0,
      plain: number,
      plainLength: number,
      plainLengthHigh: 0,
      header: number,
      headerLength: number,
      headerLengthHigh: 0,
      secretNonce: 0,
      nonce: number,
      key: number,
    ): number;
    /** @returns 0 if it was sealed so */
    _crypto_aead_chacha20poly1305_ietf_decrypt(
      plain: number,
      plainLength: 0,
      secretNonce: 0,
      sealed: number,
      sealedLength: number,
      sealedLengthHigh: 0,
      header: number,
      headerLength: number,
      headerLengthHigh: 0,
      nonce: number,
      key: number,
    ): number;
  }

  export default function create(options: { readonly getRandomValue: () => number }): Promise<Sodium>;
}
