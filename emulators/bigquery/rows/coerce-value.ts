// One JSON value of an insertAll request to a cell of a column, by the rules and in the words of the
// real service. Throws RowError; never decides what happens to the row.
import type { Field } from '../schema.ts';
import type { Cell } from './cell.ts';
import { parseInterval } from './parse-interval.ts';
import {
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  parseDate,
  parseDatetime,
  parseTimeOfDay,
  parseTimestamp,
} from './parse-temporal.ts';

export class RowError extends Error {
  readonly location: string;

  constructor(message: string, location: string) {
    super(message);
    this.location = location;
  }
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** A value that is neither null nor an array or object; those are the business of `coerceRow`. */
export function coerceScalar(value: unknown, field: Field, location: string): Cell {
  const fail = (message: string): never => {
    throw new RowError(message, location);
  };
  const text = typeof value === 'string' ? value : String(value);
  /** For STRING(n) and BYTES(n). */
  const fits = <T>(cell: T, length: number): T => {
    const max = field['maxLength'];
    if (max === undefined || length <= Number(max)) return cell;
    return fail(
      `Field ${field.name}: ${field.type}(${Number(max)}) has maximum length ${Number(max)} but got a value with length ${length}`,
    );
  };

  switch (field.type) {
    case 'STRING':
    case 'GEOGRAPHY':
      if (typeof value === 'boolean') return fail('Conversion from bool to std::string is unsupported.');
      return fits(text, Array.from(text).length);
    case 'INTEGER': {
      const integer = toInteger(value);
      if (integer !== undefined) return integer;
      return fail(`Cannot convert value to integer (bad value): ${text}`);
    }
    case 'FLOAT': {
      const number = toFloat(value);
      if (number !== undefined) return number;
      return fail(`Cannot convert value to floating point (bad value): ${text}`);
    }
    case 'BOOLEAN': {
      const boolean = toBoolean(value);
      if (boolean !== undefined) return boolean;
      return fail(`Cannot convert value to boolean (bad value): ${text}`);
    }
    case 'NUMERIC':
    case 'BIGNUMERIC': {
      const scaled = toDecimal(text, field.type === 'NUMERIC' ? 9 : 18);
      if (scaled !== undefined && typeof value !== 'boolean') return scaled;
      return fail(`Invalid ${field.type} value: ${text}`);
    }
    case 'BYTES': {
      const bytes = Buffer.from(text, 'base64');
      const clean = text.replace(/\s/g, '').replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
      if (typeof value === 'string' && bytes.toString('base64').replace(/=+$/, '') === clean)
        return fits(bytes, bytes.length);
      return fail(`Could not decode base64 string to bytes. Field: ${field.name}; Value: ${text}`);
    }
    case 'TIMESTAMP': {
      const micros =
        typeof value === 'number' || typeof value === 'string' ? parseTimestamp(value) : undefined;
      if (micros === undefined)
        return fail(
          `Could not parse '${text}' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]`,
        );
      if (micros < MIN_TIMESTAMP || micros > MAX_TIMESTAMP)
        return fail(`Timestamp field value is out of range: ${text}`);
      return micros;
    }
    case 'DATE':
      return parseDate(text) ?? fail(`Invalid date: '${text}'`);
    case 'DATETIME':
      return parseDatetime(text) ?? fail(`Invalid datetime string "${text}"`);
    case 'TIME':
      return parseTimeOfDay(text) ?? fail(`Invalid time string "${text}"`);
    case 'JSON':
      return toJson(value) ?? fail(`Invalid JSON text: ${text}`);
    case 'INTERVAL':
      return parseInterval(text) ?? fail(`Invalid interval string "${text}"`);
    case 'RECORD':
      return fail(`This field: ${field.name} is not a record.`);
  }
}

function toInteger(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? inRange(BigInt(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  if (/^\s*[-+]?\d+\s*$/.test(value)) return inRange(BigInt(value.trim().replace(/^\+/, '')));
  const number = /^\s*[-+]?\d*\.?\d+([eE][-+]?\d+)?\s*$/.test(value) ? Number(value) : Number.NaN;
  return Number.isInteger(number) ? inRange(BigInt(number)) : undefined;
}

function inRange(value: bigint): bigint | undefined {
  return value >= MIN_INT64 && value <= MAX_INT64 ? value : undefined;
}

const SPECIAL_FLOATS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
};

function toFloat(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const special = SPECIAL_FLOATS[value.trim().toLowerCase()];
  if (special !== undefined) return special;
  const number = Number(value);
  return Number.isNaN(number) || /^\s*0[xob]/i.test(value) ? undefined : number;
}

function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = String(value).toLowerCase();
  if (['true', 't', 'yes', 'y', '1'].includes(text)) return true;
  if (['false', 'f', 'no', 'n', '0'].includes(text)) return false;
  return undefined;
}

/** The value times 10^scale; more decimals than that, or more than 38 digits, are not accepted. */
export function toDecimal(text: string, scale: number): bigint | undefined {
  const match = /^\s*([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?\s*$/.exec(text);
  if (!match || (match[2] === '' && !match[3])) return undefined;
  const fraction = match[3] ?? '';
  const exponent = Number(match[4] ?? 0) - fraction.length + scale;
  if (Math.abs(exponent) > 100) return undefined;
  const digits = BigInt(`${match[2]}${fraction}`);
  const scaled = exponent >= 0 ? digits * 10n ** BigInt(exponent) : digits / 10n ** BigInt(-exponent);
  if (exponent < 0 && scaled * 10n ** BigInt(-exponent) !== digits) return undefined;
  if (scaled >= 10n ** 38n) return undefined;
  return match[1] === '-' ? -scaled : scaled;
}

/** JSON columns take JSON text; other scalars stand for themselves. */
function toJson(value: unknown): string | undefined {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return undefined;
  }
}
