// Whether a write would change anything: stricter than a query's `==`, since 1 and 1.0 are stored differently.
import { GeoPoint, isArray, isMap, Reference, Timestamp } from './value.ts';
import type { Value } from './value.ts';

export function identical(a: Value, b: Value): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isMap(a)) {
    if (!isMap(b) || a.size !== b.size) return false;
    for (const [key, value] of a) {
      const other = b.get(key);
      if (other === undefined || !identical(value, other)) return false;
    }
    return true;
  }
  if (isArray(a))
    return isArray(b) && a.length === b.length && a.every((value, i) => identical(value, b[i]!));
  if (a instanceof Timestamp) return b instanceof Timestamp && a.seconds === b.seconds && a.nanos === b.nanos;
  if (a instanceof Reference) return b instanceof Reference && a.name === b.name;
  if (a instanceof GeoPoint) {
    return b instanceof GeoPoint && Object.is(a.latitude, b.latitude) && Object.is(a.longitude, b.longitude);
  }
  return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
}
