// Hashes, encodings and exact arithmetic that DuckDB lacks.
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

const SCALE = 1_000_000_000n;

/** Two NUMERICs as text with nine decimals to their quotient, rounded half away from zero. */
export function divideNumeric(a: string, b: string): string {
  const [x, y] = [a, b].map((text) => BigInt(text.replace('.', ''))) as [bigint, bigint];
  const negative = x < 0n !== y < 0n;
  const [top, bottom] = [(x < 0n ? -x : x) * SCALE, y < 0n ? -y : y];
  const digits = String((top * 2n + bottom) / (bottom * 2n)).padStart(10, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
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
  { name: 'bq_js_divide', parameters: ['VARCHAR', 'VARCHAR'], returns: 'VARCHAR', run: divideNumeric },
  {
    name: 'bq_js_sha512',
    parameters: ['BLOB'],
    returns: 'BLOB',
    run: (bytes: Uint8Array) => createHash('sha512').update(bytes).digest(),
  },
];
