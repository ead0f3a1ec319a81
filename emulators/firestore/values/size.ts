// What a document weighs against the 1 MiB limit.
// https://cloud.google.com/firestore/docs/storage-size
import { GeoPoint, isArray, isMap, isNumeric, Reference, Timestamp } from './value.ts';
import type { MapValue, Value } from './value.ts';

export const MAX_DOCUMENT_BYTES = 1_048_576;
const DOCUMENT_OVERHEAD = 32;

export function stringSize(text: string): number {
  return Buffer.byteLength(text) + 1;
}

/** Of a document's path relative to its database: each segment as a string, and 16 bytes. */
export function nameSize(path: string): number {
  return 16 + Buffer.byteLength(path) + 1; // each `/` stands for the extra byte of the segment before it
}

export function documentSize(path: string, fields: MapValue): number {
  return nameSize(path) + mapSize(fields) + DOCUMENT_OVERHEAD;
}

function mapSize(map: MapValue): number {
  let size = 0;
  for (const [key, value] of map) size += stringSize(key) + valueSize(value);
  return size;
}

export function valueSize(value: Value): number {
  if (typeof value === 'string') return stringSize(value);
  if (isNumeric(value) || value instanceof Timestamp) return 8;
  if (typeof value === 'boolean' || value === null) return 1;
  if (isMap(value)) return mapSize(value) + DOCUMENT_OVERHEAD;
  if (isArray(value)) return value.reduce<number>((sum, element) => sum + valueSize(element), 0);
  if (value instanceof GeoPoint) return 16;
  if (value instanceof Reference) return nameSize(value.name.split('/').slice(5).join('/'));
  return value.byteLength;
}
