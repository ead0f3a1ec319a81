// Values between their wire form and the form in which the emulator holds them.
import { invalidArgument } from '../../shared/status.ts';
import { GeoPoint, isArray, isMap, Reference, Timestamp } from '../values/value.ts';
import type { MapValue, Value } from '../values/value.ts';
import type { ProtoFields, ProtoValue } from './messages.ts';
import { checkedTimestamp } from './time.ts';

export function fromProtoValue(proto: ProtoValue): Value {
  switch (proto.valueType) {
    case 'nullValue':
      return null;
    case 'booleanValue':
      return proto.booleanValue!;
    case 'integerValue':
      return BigInt(proto.integerValue!);
    case 'doubleValue':
      return proto.doubleValue!;
    case 'timestampValue': {
      const { seconds, nanos } = checkedTimestamp(proto.timestampValue!);
      return new Timestamp(seconds, nanos - (nanos % 1000)); // stored to the microsecond, rounded down
    }
    case 'stringValue':
      return proto.stringValue!;
    case 'bytesValue':
      // A copy: what was received is a slice that would keep the whole request in memory.
      return Buffer.from(proto.bytesValue!);
    case 'referenceValue':
      return fromProtoReference(proto.referenceValue!);
    case 'geoPointValue':
      return fromProtoGeoPoint(proto.geoPointValue!);
    case 'arrayValue':
      return (proto.arrayValue!.values ?? []).map(fromProtoValue);
    case 'mapValue':
      return fromProtoFields(proto.mapValue!.fields);
    case undefined:
    default:
      throw invalidArgument('A value has no type: want exactly one of its members set');
  }
}

export function fromProtoFields(fields: ProtoFields | undefined): MapValue {
  const map = new Map<string, Value>();
  for (const key in fields) map.set(key, fromProtoValue(fields[key]!));
  return map;
}

/** Bounds of queries are references whose ids no document may have, so only the form is checked. */
const REFERENCE = /^projects\/[^/]+\/databases\/[^/]+\/documents\/[^/]+\/[^]+$/;

function fromProtoReference(name: string): Reference {
  if (!REFERENCE.test(name)) {
    throw invalidArgument(
      `Invalid reference "${name.slice(0, 200)}": want "projects/{p}/databases/{d}/documents/{path}"`,
    );
  }
  return new Reference(name);
}

function fromProtoGeoPoint({
  latitude = 0,
  longitude = 0,
}: NonNullable<ProtoValue['geoPointValue']>): GeoPoint {
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) {
    throw invalidArgument('A geo point is out of range: want a latitude in ±90 and a longitude in ±180');
  }
  return new GeoPoint(latitude, longitude);
}

export function toProtoValue(value: Value): ProtoValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'bigint') return { integerValue: value.toString() };
  if (typeof value === 'number') return { doubleValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (isMap(value)) return { mapValue: { fields: toProtoFields(value) } };
  if (isArray(value)) return { arrayValue: { values: value.map(toProtoValue) } };
  if (value instanceof Timestamp) return { timestampValue: { seconds: value.seconds, nanos: value.nanos } };
  if (value instanceof Reference) return { referenceValue: value.name };
  if (value instanceof GeoPoint) {
    return { geoPointValue: { latitude: value.latitude, longitude: value.longitude } };
  }
  return { bytesValue: value };
}

export function toProtoFields(map: MapValue): ProtoFields {
  const fields: Record<string, ProtoValue> = {};
  for (const [key, value] of map) {
    // Plain assignment would take the key `__proto__` for the object's prototype.
    if (key === '__proto__')
      Object.defineProperty(fields, key, { value: toProtoValue(value), enumerable: true });
    else fields[key] = toProtoValue(value);
  }
  return fields;
}
