// What expressions of rules come to. Integers are bigint and floats are number, as in the store.
import { GeoPoint, Timestamp } from '../values/value.ts';
import type { TypeName } from './syntax.ts';

export type RulesList = readonly RulesValue[];
export type RulesMap = ReadonlyMap<string, RulesValue>;
export type RulesValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Timestamp
  | Duration
  | GeoPoint
  | Path
  | RulesList
  | RulesMap
  | RulesSet
  | MapDiff
  | Unknown;

/** A condition that cannot be evaluated: it allows nothing. The message holds no value of a document. */
export class RuleError extends Error {}

export class Path {
  readonly segments: readonly string[];

  constructor(segments: readonly string[]) {
    this.segments = segments;
  }

  toString(): string {
    return `/${this.segments.join('/')}`;
  }
}

export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** Without an order, and each value once. */
export class RulesSet {
  readonly elements: RulesList;

  constructor(values: RulesList) {
    const elements: RulesValue[] = [];
    for (const value of values)
      if (!elements.some((element) => sameInSet(element, value))) elements.push(value);
    this.elements = elements;
  }

  has(value: RulesValue): boolean {
    return this.elements.some((element) => sameInSet(element, value));
  }
}

/** `after.diff(before)` */
export class MapDiff {
  readonly after: RulesMap;
  readonly before: RulesMap;

  constructor(after: RulesMap, before: RulesMap) {
    this.after = after;
    this.before = before;
  }
}

export type FactOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'contains';

/** `value <operator> fact.value` */
export interface Fact {
  readonly operator: FactOperator;
  readonly value: RulesValue;
}

/** A value of which no more is known than the facts. No list, map or path holds one: it is unknown itself then. */
export class Unknown {
  readonly facts: Fact[] = [];
  /** Fields that it has for sure; it may have others. */
  readonly children = new Map<string, RulesValue>();
}

export type Kind = Exclude<TypeName, 'number'> | 'set' | 'null' | 'unknown';

export function kindOf(value: RulesValue): Kind {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'string') return 'string';
  if (value === null) return 'null';
  if (value instanceof Map) return 'map';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Duration) return 'duration';
  if (value instanceof GeoPoint) return 'latlng';
  if (value instanceof Path) return 'path';
  if (value instanceof RulesSet) return 'set';
  if (value instanceof MapDiff) return 'map_diff';
  return 'unknown';
}

export function isNumber(value: RulesValue): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** `==`: integers equal floats, but only when they are compared by themselves, and not inside of lists and maps. */
export function equals(a: RulesValue, b: RulesValue): boolean {
  return isNumber(a) && isNumber(b) ? sameNumber(a, b) : identical(a, b);
}

/** As `in`, and as `==` looks into lists and maps: `1` is not `1.0`, and NaN is not itself. */
export function identical(a: RulesValue, b: RulesValue): boolean {
  return same(a, b, (x, y) => typeof x === typeof y && x === y);
}

/** As sets and `diff()` compare: `1` is `1.0`, and NaN is itself. */
export function sameInSet(a: RulesValue, b: RulesValue): boolean {
  return same(a, b, (x, y) => sameNumber(x, y) || (Number.isNaN(x) && Number.isNaN(y)));
}

function sameNumber(a: bigint | number, b: bigint | number): boolean {
  return typeof a === typeof b ? a === b : Number(a) === Number(b);
}

type Numbers = (a: bigint | number, b: bigint | number) => boolean;

function same(a: RulesValue, b: RulesValue, numbers: Numbers): boolean {
  if (isNumber(a) && isNumber(b)) return numbers(a, b);
  if (a instanceof Map && b instanceof Map) return sameMaps(a, b, numbers);
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length && a.every((element: RulesValue, i) => same(element, b[i] as RulesValue, numbers))
    );
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp && b instanceof Timestamp) return a.seconds === b.seconds && a.nanos === b.nanos;
  if (a instanceof Duration && b instanceof Duration) return a.nanos === b.nanos;
  if (a instanceof GeoPoint && b instanceof GeoPoint) {
    return a.latitude === b.latitude && a.longitude === b.longitude;
  }
  if (a instanceof Path && b instanceof Path) {
    return (
      a.segments.length === b.segments.length && a.segments.every((segment, i) => segment === b.segments[i])
    );
  }
  if (a instanceof RulesSet && b instanceof RulesSet) {
    return a.elements.length === b.elements.length && a.elements.every((element) => b.has(element));
  }
  if (a instanceof MapDiff && b instanceof MapDiff) {
    return same(a.after, b.after, numbers) && same(a.before, b.before, numbers);
  }
  return a === b;
}

function sameMaps(a: RulesMap, b: RulesMap, numbers: Numbers): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !same(value, other, numbers)) return false;
  }
  return true;
}

const NANOS_PER_SECOND = 1_000_000_000n;

export function nanosOf({ seconds, nanos }: Timestamp): bigint {
  return BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos);
}

export function timestampOf(nanos: bigint): Timestamp {
  const rest = ((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  return new Timestamp(Number((nanos - rest) / NANOS_PER_SECOND), Number(rest));
}

/** Negative, zero, positive; undefined when the two have no order. */
export function order(a: RulesValue, b: RulesValue): number | undefined {
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)];
    return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
  }
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return Number(nanosOf(a) - nanosOf(b));
  if (a instanceof Duration && b instanceof Duration) return Number(a.nanos - b.nanos);
  return undefined;
}
