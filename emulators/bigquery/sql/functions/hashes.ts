// Hashes and encodings that DuckDB lacks.
import { createHash } from 'node:crypto';
import type { ScalarFunction } from './index.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += BASE32[(held >> (bits - 5)) & 31];
      bits -= 5;
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) text += BASE32[(held << (5 - bits)) & 31];
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}

export function fromBase32(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const char of text.replace(/=+$/, '').toUpperCase()) {
    const digit = BASE32.indexOf(char);
    if (digit < 0) throw new Error('Failed to decode invalid base32 string');
    held = (held << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bytes.push((held >> (bits - 8)) & 255);
      bits -= 8;
    }
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}

export const HASHES: readonly ScalarFunction[] = [
  {
    name: 'bq_js_to_base32',
    parameters: ['BLOB'],
    returns: 'VARCHAR',
    run: (bytes: Uint8Array) => toBase32(bytes),
  },
  {
    name: 'bq_js_from_base32',
    parameters: ['VARCHAR'],
    returns: 'BLOB',
    run: (text: string) => fromBase32(text),
  },
  {
    name: 'bq_js_sha512',
    parameters: ['BLOB'],
    returns: 'BLOB',
    run: (bytes: Uint8Array) => createHash('sha512').update(bytes).digest(),
  },
];
