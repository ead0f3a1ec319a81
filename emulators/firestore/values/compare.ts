// The order of values across all types, as queries sort them.
// https://cloud.google.com/firestore/docs/concepts/data-types#value_type_ordering
import { comparePaths } from './compare-paths.ts';
import { compareStrings } from './compare-strings.ts';
import { GeoPoint, kindOf, Reference, Timestamp, vectorElements } from './value.ts';
import type { ArrayValue, Kind, MapValue, Value } from './value.ts';

const KIND_RANK: Readonly<Record<Kind, number>> = {
  null: 0,
  boolean: 1,
  number: 2,
  timestamp: 3,
  string: 4,
  bytes: 5,
  reference: 6,
  geoPoint: 7,
  array: 8,
  vector: 9,
  map: 10,
};

/** Negative, zero or positive. `1` and `1.0` are equal, and NaN is equal to itself and less than any number. */
export function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : compareStrings(a, b);
  const kind = kindOf(a);
  const difference = KIND_RANK[kind] - KIND_RANK[kindOf(b)];
  return difference === 0 ? compareSameKind(kind, a, b) : difference;
}

/** Whether a query's `==` finds them equal. */
export function equal(a: Value, b: Value): boolean {
  return compare(a, b) === 0;
}

/** The casts are sound: `kind` is the kind of both. */
function compareSameKind(kind: Kind, a: Value, b: Value): number {
  switch (kind) {
    case 'null':
      return 0;
    case 'boolean':
      return Number(a) - Number(b);
    case 'number':
      return compareNumbers(a as bigint | number, b as bigint | number);
    case 'timestamp': {
      const [x, y] = [a as Timestamp, b as Timestamp];
      return x.seconds - y.seconds || x.nanos - y.nanos;
    }
    case 'string':
      return compareStrings(a as string, b as string);
    case 'bytes':
      return Buffer.compare(a as Uint8Array, b as Uint8Array);
    case 'reference':
      return comparePaths((a as Reference).name, (b as Reference).name);
    case 'geoPoint': {
      const [x, y] = [a as GeoPoint, b as GeoPoint];
      return compareNumbers(x.latitude, y.latitude) || compareNumbers(x.longitude, y.longitude);
    }
    case 'array':
      return compareArrays(a as ArrayValue, b as ArrayValue);
    case 'vector': {
      const [x, y] = [vectorElements(a as MapValue)!, vectorElements(b as MapValue)!];
      return x.length - y.length || compareArrays(x, y);
    }
    case 'map':
      return compareMaps(a as MapValue, b as MapValue);
  }
}

function compareNumbers(a: bigint | number, b: bigint | number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a == b) return 0; // oxlint-disable-line eqeqeq -- a bigint and a number may be equal
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

function compareArrays(a: ArrayValue, b: ArrayValue): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareMaps(a: MapValue, b: MapValue): number {
  const keysOfA = [...a.keys()].toSorted(compareStrings);
  const keysOfB = [...b.keys()].toSorted(compareStrings);
  const length = Math.min(keysOfA.length, keysOfB.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [keysOfA[i]!, keysOfB[i]!];
    const order = compareStrings(x, y) || compare(a.get(x)!, b.get(y)!);
    if (order !== 0) return order;
  }
  return a.size - b.size;
}
