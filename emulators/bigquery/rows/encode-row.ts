// Values that DuckDB returned, as cells of BigQuery's REST API: `{ f: [{ v }] }`, scalars as strings.
// DuckDB's value classes are known here by their properties only.
import { isTrue } from '../request.ts';
import { invalid } from '../errors.ts';
import type { Field } from '../schema.ts';

export type TimestampFormat = 'seconds' | 'micros' | 'iso8601';

export interface EncodedRow {
  readonly f: readonly { readonly v: unknown }[];
}

/** From `formatOptions.*`; throws ApiError when both ways are asked for at once. */
export function timestampFormat(useInt64: unknown, output: unknown): TimestampFormat {
  const int64 = isTrue(useInt64);
  const format = typeof output === 'string' && output !== '' ? output : undefined;
  if (int64 && format !== undefined && format !== 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED')
    throw invalid('Cannot specify both use_int64_timestamp and timestamp_output_format.');
  if (int64 || format === 'INT64') return 'micros';
  return format === 'ISO8601_STRING' ? 'iso8601' : 'seconds';
}

export function encodeRow(
  values: readonly unknown[],
  fields: readonly Field[],
  format: TimestampFormat,
): EncodedRow {
  return { f: fields.map((field, i) => ({ v: encodeValue(values[i], field, format) })) };
}

export function encodeValue(value: unknown, field: Field, format: TimestampFormat): unknown {
  if (field.mode !== 'REPEATED') return encodeSingle(value, field, format);
  // An array in a result is never NULL.
  const items = (value as { items?: readonly unknown[] } | null)?.items ?? [];
  return items.map((item) => ({ v: encodeSingle(item, field, format) }));
}

function encodeSingle(value: unknown, field: Field, format: TimestampFormat): unknown {
  if (value === null || value === undefined) return null;
  switch (field.type) {
    case 'RECORD': {
      const { entries } = value as { entries: Readonly<Record<string, unknown>> };
      return encodeRow(Object.values(entries), field.fields ?? [], format);
    }
    case 'FLOAT':
      return encodeFloat(Number(value));
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return encodeDecimal(plain(value));
    case 'BYTES':
      return Buffer.from((value as { bytes: Uint8Array }).bytes).toString('base64');
    case 'TIMESTAMP':
      return encodeTimestamp((value as { micros: bigint }).micros, format);
    case 'DATETIME':
      return wallClock((value as { micros: bigint }).micros, 'T');
    case 'DATE':
      return isoDate((value as { days: number }).days);
    case 'TIME':
      return timeOfDay((value as { micros: bigint }).micros);
    case 'INTERVAL':
      return encodeInterval(value as { months: number; days: number; micros: bigint });
    case 'STRING':
    case 'INTEGER':
    case 'BOOLEAN':
    case 'JSON':
    case 'GEOGRAPHY':
      return plain(value);
  }
}

/** Numbers, text and DuckDB's decimals all know how they are written. */
const plain = (value: unknown) => (value as { toString(): string }).toString();

export function encodeFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const text = String(value);
  if (!text.includes('e')) return text.includes('.') ? text : `${text}.0`;
  const [mantissa, exponent] = text.split('e') as [string, string];
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.replace('+', '')}`;
}

function encodeDecimal(text: string): string {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}

const DAY_US = 86_400_000_000n;
const floorDiv = (a: bigint, b: bigint) => (a >= 0n ? a / b : -((-a + b - 1n) / b));

export function isoDate(days: number): string {
  const date = new Date(days * 86_400_000);
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return `${year}-${String(date.getUTCMonth() + 1).padStart(2, '0')}-${String(date.getUTCDate()).padStart(2, '0')}`;
}

function timeOfDay(micros: bigint): string {
  const two = (value: bigint) => String(value).padStart(2, '0');
  const seconds = micros / 1_000_000n;
  const fraction = micros % 1_000_000n;
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return fraction === 0n ? clock : `${clock}.${String(fraction).padStart(6, '0')}`;
}

function wallClock(micros: bigint, separator: string): string {
  const days = floorDiv(micros, DAY_US);
  return `${isoDate(Number(days))}${separator}${timeOfDay(micros - days * DAY_US)}`;
}

function encodeTimestamp(micros: bigint, format: TimestampFormat): string {
  if (format === 'micros') return String(micros);
  if (format === 'iso8601') return `${wallClock(micros, 'T')}Z`;
  return scientificSeconds(micros);
}

/** Seconds as the service writes them by default: `1.705322096123456E9`. */
function scientificSeconds(micros: bigint): string {
  if (micros === 0n) return '0.0';
  const digits = String(micros < 0n ? -micros : micros);
  const exponent = digits.length - 7;
  const significant = digits.replace(/0+$/, '');
  return `${micros < 0n ? '-' : ''}${significant[0]}.${significant.slice(1) || '0'}E${exponent}`;
}

function encodeInterval({ months, days, micros }: { months: number; days: number; micros: bigint }): string {
  const sign = months < 0 ? '-' : '';
  const absolute = Math.abs(months);
  const positive = micros < 0n ? -micros : micros;
  const seconds = positive / 1_000_000n;
  const part = String(positive % 1_000_000n).padStart(6, '0');
  const fraction = part === '000000' ? '' : `.${part.replace(/000$/, '')}`;
  const time = `${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}${fraction}`;
  return `${sign}${Math.floor(absolute / 12)}-${absolute % 12} ${days} ${micros < 0n ? '-' : ''}${time}`;
}
