// HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869), and one encoding of several texts as bytes: each with its
// length before it, so that no two lists of texts give the same bytes.
import { createHmac, hkdfSync } from 'node:crypto';

/** 64 hex digits. */
export function hmacSha256(key: Uint8Array, message: string | Uint8Array): string {
  return createHmac('sha256', key).update(message).digest('hex');
}

export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: string | Uint8Array, length: number) {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}

/** `2:ab1:c` for `ab` and `c`; lengths in bytes of UTF-8. */
export function encodeTexts(...texts: readonly string[]): string {
  let encoded = '';
  for (const text of texts) encoded += `${Buffer.byteLength(text)}:${text}`;
  return encoded;
}
