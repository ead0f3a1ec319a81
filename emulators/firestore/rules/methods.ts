// What can be asked of a value: `value.name(…)`. A method that is not here is refused when the rules are loaded.
import { GeoPoint, Timestamp } from '../values/value.ts';
import { compilePattern } from './regular-expression.ts';
import type { RulesList, RulesMap, RulesValue } from './value.ts';
import {
  Duration,
  identical,
  kindOf,
  MapDiff,
  nanosOf,
  Path,
  RuleError,
  RulesSet,
  sameInSet,
  timestampOf,
} from './value.ts';
import type { Kind } from './value.ts';

/** The type of a parameter; the service takes a list for a set in some places. */
type Parameter = Kind | 'any' | 'list or set' | 'string or list' | 'number';

export interface Operation {
  readonly parameters: readonly Parameter[];
  // The types of the arguments were checked against the parameters.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly run: (...args: any[]) => RulesValue;
}

const NANOS_PER_DAY = 86_400_000_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;

const string: Readonly<Record<string, Operation>> = {
  lower: { parameters: [], run: (text: string) => text.toLowerCase() },
  upper: { parameters: [], run: (text: string) => text.toUpperCase() },
  // As Java trims: everything up to the space.
  trim: { parameters: [], run: (text: string) => text.replace(/^[\0- ]+|[\0- ]+$/g, '') },
  size: { parameters: [], run: (text: string) => BigInt(text.length) },
  toUtf8: { parameters: [], run: (text: string) => Buffer.from(text) },
  matches: {
    parameters: ['string'],
    run: (text: string, pattern: string) => regexp(pattern).whole.test(text),
  },
  replace: { parameters: ['string', 'string'], run: replace },
  split: { parameters: ['string'], run: split },
};

const bytes: Readonly<Record<string, Operation>> = {
  size: { parameters: [], run: (value: Uint8Array) => BigInt(value.byteLength) },
  toBase64: { parameters: [], run: (value: Uint8Array) => Buffer.from(value).toString('base64') },
  toHexString: {
    parameters: [],
    run: (value: Uint8Array) => Buffer.from(value).toString('hex').toUpperCase(),
  },
};

const list: Readonly<Record<string, Operation>> = {
  size: { parameters: [], run: (values: RulesList) => BigInt(values.length) },
  concat: { parameters: ['list'], run: (values: RulesList, others: RulesList) => [...values, ...others] },
  join: {
    parameters: ['string'],
    run: (values: RulesList, separator: string) => values.map(toText).join(separator),
  },
  toSet: { parameters: [], run: (values: RulesList) => new RulesSet(values) },
  removeAll: {
    parameters: ['list'],
    run: (values: RulesList, others: RulesList) => values.filter((value) => !isIn(value, others)),
  },
  hasAll: {
    parameters: ['list'],
    run: (values: RulesList, wanted: RulesList) => wanted.every((value) => isIn(value, values)),
  },
  hasAny: {
    parameters: ['list'],
    run: (values: RulesList, wanted: RulesList) => wanted.some((value) => isIn(value, values)),
  },
  hasOnly: {
    parameters: ['list'],
    run: (values: RulesList, allowed: RulesList) => values.every((value) => isIn(value, allowed)),
  },
};

const set: Readonly<Record<string, Operation>> = {
  size: { parameters: [], run: (values: RulesSet) => BigInt(values.elements.length) },
  union: {
    parameters: ['set'],
    run: (a: RulesSet, b: RulesSet) => new RulesSet([...a.elements, ...b.elements]),
  },
  intersection: {
    parameters: ['set'],
    run: (a: RulesSet, b: RulesSet) => new RulesSet(a.elements.filter((value) => b.has(value))),
  },
  difference: {
    parameters: ['set'],
    run: (a: RulesSet, b: RulesSet) => new RulesSet(a.elements.filter((value) => !b.has(value))),
  },
  hasAll: {
    parameters: ['list or set'],
    run: (values: RulesSet, wanted: RulesList | RulesSet) =>
      elementsOf(wanted).every((value) => values.has(value)),
  },
  hasAny: {
    parameters: ['list or set'],
    run: (values: RulesSet, wanted: RulesList | RulesSet) =>
      elementsOf(wanted).some((value) => values.has(value)),
  },
  hasOnly: {
    parameters: ['list or set'],
    run(values: RulesSet, allowed: RulesList | RulesSet) {
      const among = new RulesSet(elementsOf(allowed));
      return values.elements.every((value) => among.has(value));
    },
  },
};

const map: Readonly<Record<string, Operation>> = {
  size: { parameters: [], run: (value: RulesMap) => BigInt(value.size) },
  // By name; the values are not.
  keys: { parameters: [], run: (value: RulesMap) => [...value.keys()].toSorted() },
  values: {
    parameters: [],
    run: (value: RulesMap) => [...value.values()],
  },
  get: { parameters: ['string or list', 'any'], run: getOr },
  diff: { parameters: ['map'], run: (after: RulesMap, before: RulesMap) => new MapDiff(after, before) },
};

const mapDiff: Readonly<Record<string, Operation>> = {
  addedKeys: {
    parameters: [],
    run: ({ after, before }: MapDiff) => keysWhere(after, (key) => !before.has(key)),
  },
  removedKeys: {
    parameters: [],
    run: ({ after, before }: MapDiff) => keysWhere(before, (key) => !after.has(key)),
  },
  changedKeys: {
    parameters: [],
    run: (diff: MapDiff) => keysWhere(diff.after, (key) => diff.before.has(key) && !isUnchanged(diff, key)),
  },
  unchangedKeys: {
    parameters: [],
    run: (diff: MapDiff) => keysWhere(diff.after, (key) => isUnchanged(diff, key)),
  },
  affectedKeys: {
    parameters: [],
    run(diff: MapDiff) {
      const { after, before } = diff;
      const changed = [...after.keys()].filter((key) => !isUnchanged(diff, key));
      return new RulesSet([...changed, ...[...before.keys()].filter((key) => !after.has(key))]);
    },
  },
};

const part = (of: (time: Date) => number): Operation => ({
  parameters: [],
  run: ({ seconds }: Timestamp) => BigInt(of(new Date(seconds * 1000))),
});

const timestamp: Readonly<Record<string, Operation>> = {
  year: part((time) => time.getUTCFullYear()),
  month: part((time) => time.getUTCMonth() + 1),
  day: part((time) => time.getUTCDate()),
  hours: part((time) => time.getUTCHours()),
  minutes: part((time) => time.getUTCMinutes()),
  seconds: part((time) => time.getUTCSeconds()),
  // Monday is 1, Sunday 7.
  dayOfWeek: part((time) => time.getUTCDay() || 7),
  dayOfYear: part((time) => {
    const firstDay = new Date(time);
    firstDay.setUTCMonth(0, 1);
    return Math.floor((time.getTime() - firstDay.getTime()) / 86_400_000) + 1;
  }),
  nanos: { parameters: [], run: ({ nanos }: Timestamp) => BigInt(nanos) },
  toMillis: {
    parameters: [],
    run: (time: Timestamp) => (nanosOf(time) - (nanosOf(time) % 1_000_000n)) / 1_000_000n,
  },
  date: { parameters: [], run: (time: Timestamp) => timestampOf(nanosOf(time) - nanosOfDay(time)) },
  time: { parameters: [], run: (time: Timestamp) => new Duration(nanosOfDay(time)) },
};

const duration: Readonly<Record<string, Operation>> = {
  seconds: { parameters: [], run: ({ nanos }: Duration) => nanos / NANOS_PER_SECOND },
  nanos: { parameters: [], run: ({ nanos }: Duration) => nanos % NANOS_PER_SECOND },
};

const EARTH_RADIUS_M = 6_371_008.8;

const latlng: Readonly<Record<string, Operation>> = {
  latitude: { parameters: [], run: ({ latitude }: GeoPoint) => latitude },
  longitude: { parameters: [], run: ({ longitude }: GeoPoint) => longitude },
  distance: {
    parameters: ['latlng'],
    run(a: GeoPoint, b: GeoPoint) {
      const radians = (degrees: number): number => (degrees * Math.PI) / 180;
      const haversine = (angle: number): number => Math.sin(angle / 2) ** 2;
      const along = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude));
      const square =
        haversine(radians(b.latitude - a.latitude)) + along * haversine(radians(b.longitude - a.longitude));
      return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(square));
    },
  },
};

/** By the type of the value that is asked. */
export const METHODS: Readonly<Partial<Record<Kind, Readonly<Record<string, Operation>>>>> = {
  string,
  bytes,
  list,
  set,
  map,
  map_diff: mapDiff,
  timestamp,
  duration,
  latlng,
};

/** Throws RuleError unless the arguments are of the types that the operation takes. */
export function checkArguments(name: string, { parameters }: Operation, args: readonly RulesValue[]): void {
  const fits =
    args.length === parameters.length &&
    parameters.every((parameter, i) => accepts(parameter, kindOf(args[i]!)));
  if (!fits)
    throw new RuleError(
      `${name}(${args.map(kindOf).join(', ')}) is not known: want ${parameters.join(', ')}`,
    );
}

function accepts(parameter: Parameter, kind: Kind): boolean {
  if (parameter === 'any') return true;
  if (parameter === 'number') return kind === 'int' || kind === 'float';
  if (parameter === 'list or set') return kind === 'list' || kind === 'set';
  return parameter === 'string or list' ? kind === 'string' || kind === 'list' : parameter === kind;
}

/** `string(value)`, also of elements that are joined. */
export function toText(value: RulesValue): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Path) return value.toString();
  if (typeof value === 'number') return floatToText(value);
  throw new RuleError(`string(${kindOf(value)}) is not known`);
}

/** As Java writes doubles of a common size; beyond them it has a notation of its own. */
function floatToText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7))
    throw new RuleError('string() of such a number is not known');
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function regexp(pattern: string): NonNullable<ReturnType<typeof compilePattern>> {
  const compiled = compilePattern(pattern);
  if (!compiled)
    throw new RuleError('A regular expression is invalid, or of a form that this emulator does not know');
  return compiled;
}

function replace(text: string, pattern: string, replacement: string): string {
  if (/\$(?!\d)|\\/.test(replacement)) throw new RuleError('A replacement is of a form that is not known');
  return text.replace(regexp(pattern).anywhere, replacement);
}

/** As Java splits: empty parts at the end are left out. */
function split(text: string, pattern: string): RulesList {
  if (pattern === '' || /[()]/.test(pattern)) throw new RuleError('split() of such a pattern is not known');
  const parts = text.split(regexp(pattern).anywhere);
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}

function isIn(value: RulesValue, values: RulesList): boolean {
  return values.some((other) => identical(value, other));
}

function elementsOf(values: RulesList | RulesSet): RulesList {
  return values instanceof RulesSet ? values.elements : values;
}

/** `get('a', 0)`, or `get(['a', 'b'], 0)` for a field in a field. */
function getOr(value: RulesMap, key: string | RulesList, otherwise: RulesValue): RulesValue {
  let found: RulesValue | undefined = value;
  for (const name of typeof key === 'string' ? [key] : key) {
    if (typeof name !== 'string') throw new RuleError('get() takes names of fields');
    found = found instanceof Map ? (found as RulesMap).get(name) : undefined;
    if (found === undefined) return otherwise;
  }
  return found;
}

function keysWhere(value: RulesMap, isWanted: (key: string) => boolean): RulesSet {
  return new RulesSet([...value.keys()].filter(isWanted));
}

function isUnchanged({ after, before }: MapDiff, key: string): boolean {
  const [now, then] = [after.get(key), before.get(key)];
  return now !== undefined && then !== undefined && sameInSet(now, then);
}

function nanosOfDay(time: Timestamp): bigint {
  const nanos = nanosOf(time) % NANOS_PER_DAY;
  return nanos < 0n ? nanos + NANOS_PER_DAY : nanos;
}
