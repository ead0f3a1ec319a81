// The functions that need no request: `int(…)`, `math.abs(…)`. Those that read documents are the evaluator's own.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { GeoPoint, Timestamp } from '../values/value.ts';
import type { Operation } from './methods.ts';
import { toText } from './methods.ts';
import type { RulesValue } from './value.ts';
import { Duration, Path, RuleError, timestampOf } from './value.ts';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

/** Throws RuleError when the integer does not fit 64 bits. */
export function checkedInteger(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw new RuleError('An integer is out of the range of 64 bits');
  return value;
}

export const FUNCTIONS: Readonly<Record<string, Operation>> = {
  int: { parameters: ['any'], run: toInt },
  float: { parameters: ['any'], run: toFloat },
  string: { parameters: ['any'], run: toText },
  path: { parameters: ['string'], run: toPath },
};

/** The names of functions that read documents. */
export const READERS = ['get', 'exists', 'getAfter', 'existsAfter'] as const;
export type Reader = (typeof READERS)[number];

const abs = (value: bigint | number): RulesValue =>
  typeof value === 'bigint' ? checkedInteger(value < 0n ? -value : value) : Math.abs(value);
const ofFloat = (run: (value: number) => RulesValue): Operation => ({
  parameters: ['number'],
  run: (value: bigint | number) => run(Number(value)),
});

const NANOS_PER: Readonly<Record<string, bigint>> = {
  w: 604_800_000_000_000n,
  d: 86_400_000_000_000n,
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  ns: 1n,
};

const bytesOf = (value: RulesValue): Uint8Array => {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  throw new RuleError('Only strings and bytes can be hashed');
};
const hash = (algorithm: string): Operation => ({
  parameters: ['any'],
  run: (value: RulesValue) => createHash(algorithm).update(bytesOf(value)).digest(),
});

export const NAMESPACES: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  math: {
    abs: { parameters: ['number'], run: abs },
    ceil: ofFloat(Math.ceil),
    floor: ofFloat(Math.floor),
    round: ofFloat((value) => toInt(Math.round(value))),
    sqrt: ofFloat(Math.sqrt),
    isNaN: ofFloat((value) => Number.isNaN(value)),
    isInfinite: ofFloat((value) => Math.abs(value) === Infinity),
    pow: {
      parameters: ['number', 'number'],
      run: (base: bigint | number, exponent: bigint | number) => Number(base) ** Number(exponent),
    },
  },
  duration: {
    abs: {
      parameters: ['duration'],
      run: ({ nanos }: Duration) => new Duration(nanos < 0n ? -nanos : nanos),
    },
    value: {
      parameters: ['int', 'string'],
      run(magnitude: bigint, unit: string) {
        const nanos = NANOS_PER[unit];
        if (nanos === undefined) throw new RuleError(`Want a unit of ${Object.keys(NANOS_PER).join(', ')}`);
        return new Duration(magnitude * nanos);
      },
    },
    time: {
      parameters: ['int', 'int', 'int', 'int'],
      run: (hours: bigint, minutes: bigint, seconds: bigint, nanos: bigint) =>
        new Duration(((hours * 60n + minutes) * 60n + seconds) * 1_000_000_000n + nanos),
    },
  },
  timestamp: {
    value: { parameters: ['int'], run: (millis: bigint) => checkedTime(timestampOf(millis * 1_000_000n)) },
    date: { parameters: ['int', 'int', 'int'], run: toDate },
  },
  latlng: {
    value: {
      parameters: ['number', 'number'],
      run(latitude: bigint | number, longitude: bigint | number) {
        const [north, east] = [Number(latitude), Number(longitude)];
        if (!(Math.abs(north) <= 90) || !(Math.abs(east) <= 180)) {
          throw new RuleError('A latitude lies within ±90, a longitude within ±180');
        }
        return new GeoPoint(north, east);
      },
    },
  },
  hashing: {
    md5: hash('md5'),
    sha256: hash('sha256'),
    // The lowest byte first.
    crc32: {
      parameters: ['any'],
      run(value: RulesValue) {
        const sum = Buffer.alloc(4);
        sum.writeUInt32LE(crc32(bytesOf(value)));
        return sum;
      },
    },
  },
};

/** As Java casts: NaN is 0, and what is too large the largest there is. */
function toInt(value: RulesValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return 0n;
    if (!Number.isFinite(value)) return value > 0 ? MAX_INT : MIN_INT;
    const whole = BigInt(Math.trunc(value));
    return whole > MAX_INT ? MAX_INT : whole < MIN_INT ? MIN_INT : whole;
  }
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return checkedInteger(BigInt(value));
  throw new RuleError('int() wants a number, or a string of digits');
}

function toFloat(value: RulesValue): number {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  throw new RuleError('float() wants a number, or a string that is one');
}

/** `path('/users/u1')`; the slash in front may be missing. */
function toPath(text: string): Path {
  const segments = text.replace(/^\//, '').split('/');
  if (segments.some((segment) => segment === '' || /[{}$]/.test(segment))) {
    throw new RuleError('path() wants names between single slashes, and no variables');
  }
  return new Path(segments);
}

function toDate(year: bigint, month: bigint, day: bigint): Timestamp {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDate = date.getUTCFullYear() === Number(year) && date.getUTCMonth() + 1 === Number(month);
  if (!isDate || date.getUTCDate() !== Number(day)) throw new RuleError('There is no such date');
  return checkedTime(new Timestamp(date.getTime() / 1000, 0));
}

function checkedTime(time: Timestamp): Timestamp {
  if (!(time.seconds >= -62_135_596_800 && time.seconds <= 253_402_300_799)) {
    throw new RuleError('A timestamp lies within the years 1 to 9999');
  }
  return time;
}
