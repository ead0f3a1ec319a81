// Firestore's values as its REST API writes them, to and from plain data. Google's reference: `Value` of
// google.firestore.v1.
import { isPlainObject } from '../pipelines/fields.ts';
import { GeoPoint, Reference, Timestamp, toMapOrVector } from '../steps/firestore-values.ts';
import { property } from './client-error.ts';

export type JsonValue = Readonly<Record<string, unknown>>;
export type JsonFields = Readonly<Record<string, JsonValue>>;

/** Throws a TypeError that names the type of what cannot be stored. */
export function toJsonFields(data: object): JsonFields {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, toJsonValue(value)]));
}

function toJsonValue(value: unknown): JsonValue {
  if (value === null) return { nullValue: null };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
  }
  if (value instanceof Date) return { timestampValue: value.toISOString() };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toJsonValue) } };
  if (isPlainObject(value)) return { mapValue: { fields: toJsonFields(value) } };
  throw new TypeError(`Cannot store a ${typeof value}`);
}

export function fromJsonFields(fields: unknown): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(isPlainObject(fields) ? fields : {})) {
    const decoded = fromJsonValue(value);
    if (name === '__proto__') Object.defineProperty(data, name, { value: decoded, enumerable: true });
    else data[name] = decoded;
  }
  return data;
}

function fromJsonValue(json: unknown): unknown {
  const [kind = '', value] = Object.entries(isPlainObject(json) ? json : {})[0] ?? [];
  switch (kind) {
    case 'stringValue':
    case 'booleanValue':
      return value;
    case 'integerValue':
    case 'doubleValue':
      return Number(value);
    case 'timestampValue':
      return fromRfc3339(String(value));
    case 'mapValue':
      return toMapOrVector(fromJsonFields(property(value, 'fields')));
    case 'arrayValue': {
      const values = property(value, 'values');
      return Array.isArray(values) ? values.map(fromJsonValue) : [];
    }
    case 'bytesValue':
      return Buffer.from(String(value), 'base64');
    case 'referenceValue':
      return new Reference(String(value));
    case 'geoPointValue':
      return new GeoPoint(
        Number(property(value, 'latitude') ?? 0),
        Number(property(value, 'longitude') ?? 0),
      );
    case 'nullValue':
      return null;
    default:
      throw new TypeError('Cannot read a value of an unknown type');
  }
}

/** Any RFC 3339 time in UTC, to the nanosecond. */
function fromRfc3339(text: string): Timestamp {
  const [seconds = '', fraction = ''] = text.replace('Z', '').split('.');
  return new Timestamp(Date.parse(`${seconds}Z`) / 1000, Number(fraction.padEnd(9, '0')));
}
