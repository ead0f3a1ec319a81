// A Firestore value as the emulator holds it: JavaScript's own types where they say the same thing.
// An integer is a bigint and a double is a number, so the two can never be confused, and `<` between them
// is exact. Values are never changed after they were built; a write makes new ones.

export class Timestamp {
  readonly seconds: number;
  readonly nanos: number;

  constructor(seconds: number, nanos: number) {
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** A reference to a document, as its full resource name. */
export class Reference {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class GeoPoint {
  readonly latitude: number;
  readonly longitude: number;

  constructor(latitude: number, longitude: number) {
    this.latitude = latitude;
    this.longitude = longitude;
  }
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | Timestamp
  | string
  | Uint8Array
  | Reference
  | GeoPoint
  | ArrayValue
  | MapValue;
export type ArrayValue = readonly Value[];
export type MapValue = ReadonlyMap<string, Value>;

export type Kind =
  | 'null'
  | 'boolean'
  | 'number'
  | 'timestamp'
  | 'string'
  | 'bytes'
  | 'reference'
  | 'geoPoint'
  | 'array'
  | 'vector'
  | 'map';

export const VECTOR_TYPE = '__vector__';

export function isArray(value: Value | undefined): value is ArrayValue {
  return Array.isArray(value);
}

export function isMap(value: Value | undefined): value is MapValue {
  return value instanceof Map;
}

export function isNumeric(value: Value | undefined): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** The elements of a vector, which travels as the map `{__type__: '__vector__', value: [...]}`. */
export function vectorElements(map: MapValue): ArrayValue | undefined {
  if (map.get('__type__') !== VECTOR_TYPE) return undefined;
  const elements = map.get('value');
  return isArray(elements) ? elements : undefined;
}

export function kindOf(value: Value): Kind {
  if (typeof value === 'string') return 'string';
  if (isNumeric(value)) return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (value === null) return 'null';
  if (isMap(value)) return vectorElements(value) ? 'vector' : 'map';
  if (isArray(value)) return 'array';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Reference) return 'reference';
  if (value instanceof GeoPoint) return 'geoPoint';
  return 'bytes';
}
