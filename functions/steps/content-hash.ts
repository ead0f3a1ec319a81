// The identity of a document's content: SHA-256 over all its fields but our own status fields, so that our
// status write leaves it as it is. Field order does not count; types do.
import { createHash, type Hash } from 'node:crypto';
import { isPlainObject } from '../pipelines/fields.ts';
import type { DocumentData } from '../pipelines/pipeline.ts';
import { STATUS_FIELD_PREFIX } from '../pipelines/read-document.ts';

/** 64 hex digits. */
export function contentHash(data: DocumentData): string {
  const hash = createHash('sha256');
  const own = Object.keys(data).filter((key) => !key.startsWith(STATUS_FIELD_PREFIX));
  addMap(hash, data, own);
  return hash.digest('hex');
}

function addMap(hash: Hash, map: DocumentData, keys: readonly string[]): void {
  hash.update(`m${keys.length}:`);
  for (const key of keys.toSorted()) {
    addText(hash, key);
    addValue(hash, map[key]);
  }
}

function addText(hash: Hash, text: string): void {
  hash.update(`s${Buffer.byteLength(text)}:`).update(text);
}

function addValue(hash: Hash, value: unknown): void {
  if (value === null || value === undefined) hash.update('0');
  else if (typeof value === 'string') addText(hash, value);
  else if (typeof value === 'number') hash.update(`n${Object.is(value, -0) ? '-0' : value};`);
  else if (typeof value === 'boolean' || typeof value === 'bigint') hash.update(`${typeof value}${value};`);
  else if (value instanceof Uint8Array) hash.update(`b${value.length}:`).update(value);
  else if (Array.isArray(value)) {
    hash.update(`a${value.length}:`);
    for (const element of value) addValue(hash, element);
  } else if (typeof value === 'object') addObject(hash, value);
  else throw new TypeError(`Cannot hash a ${typeof value}: no Firestore value has that type`);
}

/** Firestore's own classes, of whatever client, are told by their public members. */
function addObject(hash: Hash, value: object): void {
  if (isPlainObject(value)) addMap(hash, value, Object.keys(value));
  else if ('seconds' in value && 'nanoseconds' in value && 'toDate' in value) {
    hash.update(`t${String(value.seconds)}.${String(value.nanoseconds)};`);
  } else if ('latitude' in value && 'longitude' in value) {
    hash.update(`g${String(value.latitude)},${String(value.longitude)};`);
  } else if ('path' in value) {
    hash.update('r');
    addText(hash, String(value.path));
  } else if ('toArray' in value && typeof value.toArray === 'function') {
    hash.update('v');
    addValue(hash, value.toArray());
  } else addMap(hash, { ...value }, Object.keys(value));
}
