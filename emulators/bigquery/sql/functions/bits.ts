// Operators on bits, where DuckDB has none for bytes or shifts with a sign; and checks of FLOAT64 results.
import type { ScalarFunction } from './index.ts';

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '^': (a, b) => a ^ b,
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '~': (a) => ~a & 255,
};

function bits(operator: string, a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length)
    throw new Error('Bitwise binary operator for BYTES requires equal length of the inputs');
  return a.map((byte, i) => OPERATORS[operator]!(byte, b[i]!));
}

function checked(count: bigint): bigint {
  if (count < 0n) throw new Error('Bitwise shift by a negative value is not supported');
  return count;
}

export function shift(value: bigint, count: bigint): bigint {
  return checked(count) >= 64n ? 0n : BigInt.asIntN(64, value << count);
}

export function shiftRight(value: bigint, count: bigint): bigint {
  return checked(count) >= 64n ? 0n : BigInt.asIntN(64, BigInt.asUintN(64, value) >> count);
}

function shiftBytes(bytes: Uint8Array, count: bigint, right: boolean): Uint8Array {
  const width = BigInt(bytes.length * 8);
  if (checked(count) >= width) return new Uint8Array(bytes.length);
  const value = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
  const moved = right ? value >> count : BigInt.asUintN(Number(width), value << count);
  return Buffer.from(moved.toString(16).padStart(bytes.length * 2, '0'), 'hex');
}

export const BITS: readonly ScalarFunction[] = [
  { name: 'bq_js_bits', parameters: ['VARCHAR', 'BLOB', 'BLOB'], returns: 'BLOB', run: bits },
  { name: 'bq_js_shift', parameters: ['BIGINT', 'BIGINT'], returns: 'BIGINT', run: shift },
  { name: 'bq_js_shift_right', parameters: ['BIGINT', 'BIGINT'], returns: 'BIGINT', run: shiftRight },
  {
    name: 'bq_js_shift_bytes',
    parameters: ['BLOB', 'BIGINT'],
    returns: 'BLOB',
    run: (bytes: Uint8Array, count: bigint) => shiftBytes(bytes, count, false),
  },
  {
    name: 'bq_js_shift_bytes_right',
    parameters: ['BLOB', 'BIGINT'],
    returns: 'BLOB',
    run: (bytes: Uint8Array, count: bigint) => shiftBytes(bytes, count, true),
  },
  { name: 'bq_js_cbrt', parameters: ['DOUBLE'], returns: 'DOUBLE', run: (x: number) => Math.cbrt(x) },
  {
    // A result that is not finite though the input is.
    name: 'bq_js_finite',
    parameters: ['VARCHAR', 'DOUBLE', 'DOUBLE'],
    returns: 'DOUBLE',
    run(name: string, input: number, result: number) {
      if (Number.isFinite(input) && !Number.isFinite(result))
        throw new Error(`Floating point error in function: ${name}`);
      return result;
    },
  },
];
