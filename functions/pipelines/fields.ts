// Firestore's values as text and JSON that BigQuery reads, and how its classes are told from maps. Nothing here knows
// a client: classes are told by their public members.
import type { Timestamp } from 'firebase-admin/firestore';

/** A moment as Firestore keeps it. */
export type Time = Pick<Timestamp, 'seconds' | 'nanoseconds'>;

/** The same, as clients decode it. */
export type Moment = Pick<Timestamp, 'seconds' | 'nanoseconds' | 'toDate'>;

/** RFC 3339 UTC with microseconds, the precision that Firestore keeps. */
export function toRfc3339(value: Time): string {
  const micros = Math.floor(value.nanoseconds / 1000);
  const ms = Math.floor(micros / 1000);
  const rest = String(micros - ms * 1000).padStart(3, '0');
  return `${new Date(value.seconds * 1000 + ms).toISOString().slice(0, -1)}${rest}Z`;
}

/** The same form for ms since the epoch, so that the two compare as text. */
export function msToRfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}

/** The same form for an RFC 3339 time in UTC with as many digits as it likes. */
export function toMicroseconds(rfc3339: string): string {
  const [seconds, digits] = [rfc3339.slice(0, 19), /^\.(\d+)/.exec(rfc3339.slice(19))?.[1] ?? ''];
  return `${seconds}.${digits.slice(0, 6).padEnd(6, '0')}Z`;
}

/** The next moment after one of that form. */
export function nextMoment(time: string): string {
  const micros = Number(time.slice(20, 26)) + 1;
  if (micros < 1_000_000) return `${time.slice(0, 20)}${String(micros).padStart(6, '0')}Z`;
  return msToRfc3339(Date.parse(`${time.slice(0, 19)}Z`) + 1000);
}

/** BigQuery reads NaN and the infinities of a FLOAT column from strings; JSON has no numbers for them. */
export function toFloatCell(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** A map with such keys is still a map. */
export function isTime(value: unknown): value is Moment {
  return isInstance(value) && 'seconds' in value && 'nanoseconds' in value && 'toDate' in value;
}

export function isReference(value: unknown): value is { readonly path: string } {
  return isInstance(value) && 'path' in value && typeof value.path === 'string';
}

function isInstance(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isPlainObject(value);
}

/** A Firestore map. Other objects (references, geopoints, timestamps) are not maps. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
