// zod schemas for the values of Firestore documents, with messages that say what is wanted and never what was
// found: `expected …` ends up in failure records and logs.
import type { Timestamp } from 'firebase-admin/firestore';
import { z } from 'zod';

export const text = z.string({ error: 'expected a string' });

/** Whole number that a double can hold exactly; Firestore's larger integers lose digits on decoding. */
export const integer = z.int({ error: 'expected a whole number within ±2^53' });

/** Any number, also NaN and the infinities, which are legal in Firestore and in BigQuery's FLOAT. */
export const float = z.custom<number>((value) => typeof value === 'number', { error: 'expected a number' });

export const texts = z.array(text, { error: 'expected an array of strings' });

export const timestamp = z.custom<Timestamp>(isTimestamp, { error: 'expected a timestamp' });

/** A Firestore map, or nothing. Other objects (references, geopoints, timestamps) are not maps. */
export function map<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .custom<Record<string, unknown>>(isPlainObject, { error: 'expected a map' })
    .pipe(z.object(shape))
    .nullish();
}

/** RFC 3339 UTC with microseconds, the precision that Firestore keeps. */
export function toRfc3339(value: Pick<Timestamp, 'seconds' | 'nanoseconds'>): string {
  const seconds = new Date(value.seconds * 1000).toISOString().slice(0, 19);
  const micros = String(Math.floor(value.nanoseconds / 1000)).padStart(6, '0');
  return `${seconds}.${micros}Z`;
}

/** The same form for ms since the epoch, so that the two compare as text. */
export function msToRfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}

/** BigQuery reads NaN and the infinities of a FLOAT column from strings; JSON has no numbers for them. */
export function toFloatCell(value: number | null | undefined): number | string | null {
  if (value === null || value === undefined) return null;
  return Number.isFinite(value) ? value : String(value);
}

/** Told by its public members, so that no client is needed here; a map with such keys is still a map. */
function isTimestamp(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !isPlainObject(value) &&
    'seconds' in value &&
    'nanoseconds' in value &&
    'toDate' in value
  );
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
