// FARM_FINGERPRINT: Fingerprint64 of FarmHash, on 64-bit arithmetic in BigInt.
import type { ScalarFunction } from './index.ts';

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;

const u64 = (value: bigint) => BigInt.asUintN(64, value);
const mul = (a: bigint, b: bigint) => u64(a * b);
const rotate = (value: bigint, by: bigint) => u64((value >> by) | (value << (64n - by)));
const shiftMix = (value: bigint) => value ^ (value >> 47n);

function hash16(u: bigint, v: bigint, by: bigint): bigint {
  let a = mul(u ^ v, by);
  a ^= a >> 47n;
  let b = mul(v ^ a, by);
  b ^= b >> 47n;
  return mul(b, by);
}

function short(s: Buffer): bigint {
  const n = s.length;
  const fetch = (at: number) => s.readBigUInt64LE(at);
  const length = BigInt(n);
  if (n > 32) {
    const by = K2 + length * 2n;
    const a = mul(fetch(0), K2);
    const b = fetch(8);
    const c = mul(fetch(n - 8), by);
    const d = mul(fetch(n - 16), K2);
    const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
    const z = hash16(y, u64(a + rotate(u64(b + K2), 18n) + c), by);
    const e = mul(fetch(16), by);
    const f = fetch(24);
    const g = mul(u64(y + fetch(n - 32)), by);
    const h = mul(u64(z + fetch(n - 24)), by);
    return hash16(
      u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h),
      u64(e + rotate(u64(f + a), 18n) + g),
      by,
    );
  }
  if (n > 16) {
    const by = K2 + length * 2n;
    const a = mul(fetch(0), K1);
    const b = fetch(8);
    const c = mul(fetch(n - 8), by);
    const d = mul(fetch(n - 16), K2);
    return hash16(
      u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d),
      u64(a + rotate(u64(b + K2), 18n) + c),
      by,
    );
  }
  if (n >= 8) {
    const by = K2 + length * 2n;
    const a = u64(fetch(0) + K2);
    const b = fetch(n - 8);
    const c = u64(mul(rotate(b, 37n), by) + a);
    const d = mul(u64(rotate(a, 25n) + b), by);
    return hash16(c, d, by);
  }
  if (n >= 4) {
    const by = K2 + length * 2n;
    return hash16(u64(length + (BigInt(s.readUInt32LE(0)) << 3n)), BigInt(s.readUInt32LE(n - 4)), by);
  }
  if (n === 0) return K2;
  const y = BigInt(s[0]! + (s[n >> 1]! << 8));
  const z = BigInt(n + (s[n - 1]! << 2));
  return mul(shiftMix(mul(y, K2) ^ mul(z, K0)), K2);
}

/** Two 64-bit states after 32 more bytes. */
function weak(s: Buffer, at: number, a: bigint, b: bigint): [bigint, bigint] {
  const [w, x, y, z] = [0, 8, 16, 24].map((offset) => s.readBigUInt64LE(at + offset)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  let first = u64(a + w);
  let second = rotate(u64(b + first + z), 21n);
  const start = first;
  first = u64(first + x + y);
  second = u64(second + rotate(first, 44n));
  return [u64(first + z), u64(second + start)];
}

export function fingerprint64(s: Buffer): bigint {
  const n = s.length;
  if (n <= 64) return short(s);
  const fetch = (at: number) => s.readBigUInt64LE(at);
  const seed = 81n;
  let x = seed;
  let y = u64(seed * K1 + 113n);
  let z = mul(shiftMix(u64(y * K2 + 113n)), K2);
  let v: [bigint, bigint] = [0n, 0n];
  let w: [bigint, bigint] = [0n, 0n];
  x = u64(x * K2 + fetch(0));
  const end = Math.floor((n - 1) / 64) * 64;
  const last = n - 64;
  let at = 0;
  do {
    x = mul(rotate(u64(x + y + v[0] + fetch(at + 8)), 37n), K1);
    y = mul(rotate(u64(y + v[1] + fetch(at + 48)), 42n), K1);
    x ^= w[1];
    y = u64(y + v[0] + fetch(at + 40));
    z = mul(rotate(u64(z + w[0]), 33n), K1);
    v = weak(s, at, mul(v[1], K1), u64(x + w[0]));
    w = weak(s, at + 32, u64(z + w[1]), u64(y + fetch(at + 16)));
    [z, x] = [x, z];
    at += 64;
  } while (at !== end);
  const by = u64(K1 + ((z & 0xffn) << 1n));
  w[0] = u64(w[0] + BigInt((n - 1) & 63));
  v[0] = u64(v[0] + w[0]);
  w[0] = u64(w[0] + v[0]);
  x = mul(rotate(u64(x + y + v[0] + fetch(last + 8)), 37n), by);
  y = mul(rotate(u64(y + v[1] + fetch(last + 48)), 42n), by);
  x ^= u64(w[1] * 9n);
  y = u64(y + v[0] * 9n + fetch(last + 40));
  z = mul(rotate(u64(z + w[0]), 33n), by);
  v = weak(s, last, mul(v[1], by), u64(x + w[0]));
  w = weak(s, last + 32, u64(z + w[1]), u64(y + fetch(last + 16)));
  [z, x] = [x, z];
  return hash16(u64(hash16(v[0], w[0], by) + mul(shiftMix(y), K0) + z), u64(hash16(v[1], w[1], by) + x), by);
}

export const FARM_FINGERPRINT: readonly ScalarFunction[] = [
  {
    name: 'bq_js_farm_fingerprint',
    parameters: ['BLOB'],
    returns: 'BIGINT',
    run: (bytes: Uint8Array) => BigInt.asIntN(64, fingerprint64(Buffer.from(bytes))),
  },
];
