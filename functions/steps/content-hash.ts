// The identity of a document's content: SHA-256 over all its fields but our own status fields, so that our
// status write leaves it as it is. Field order does not count; types do.
import { createHash, hash, type Hash } from 'node:crypto';
import { isPlainObject } from '../pipelines/fields.ts';
import type { DocumentData } from '../pipelines/pipeline.ts';
import { STATUS_FIELD_PREFIX } from '../pipelines/read-document.ts';

/** 64 hex digits. */
export function contentHash(data: DocumentData): string {
  const content = new Content();
  const own = Object.keys(data).filter((key) => !key.startsWith(STATUS_FIELD_PREFIX));
  addMap(content, data, own);
  return content.digest();
}

/** Text is gathered and hashed at once, which costs a fraction of hashing it piece by piece. */
class Content {
  #text = '';
  #hash: Hash | undefined;

  addText(text: string): void {
    this.#text += text;
  }

  addBytes(bytes: Uint8Array): void {
    this.#hash ??= createHash('sha256');
    this.#hash.update(this.#text).update(bytes);
    this.#text = '';
  }

  digest(): string {
    return this.#hash ? this.#hash.update(this.#text).digest('hex') : hash('sha256', this.#text);
  }
}

function addMap(content: Content, map: DocumentData, keys: readonly string[]): void {
  content.addText(`m${keys.length}:`);
  for (const key of keys.toSorted()) {
    addString(content, key);
    addValue(content, map[key]);
  }
}

function addString(content: Content, text: string): void {
  content.addText(`s${Buffer.byteLength(text)}:${text}`);
}

function addValue(content: Content, value: unknown): void {
  if (value === null || value === undefined) content.addText('0');
  else if (typeof value === 'string') addString(content, value);
  else if (typeof value === 'number') content.addText(`n${Object.is(value, -0) ? '-0' : value};`);
  else if (typeof value === 'boolean' || typeof value === 'bigint')
    content.addText(`${typeof value}${value};`);
  else if (value instanceof Uint8Array) {
    content.addText(`b${value.length}:`);
    content.addBytes(value);
  } else if (Array.isArray(value)) {
    content.addText(`a${value.length}:`);
    for (const element of value) addValue(content, element);
  } else if (typeof value === 'object') addObject(content, value);
  else throw new TypeError(`Cannot hash a ${typeof value}: no Firestore value has that type`);
}

/** Firestore's own classes, of whatever client, are told by their public members. */
function addObject(content: Content, value: object): void {
  if (isPlainObject(value)) addMap(content, value, Object.keys(value));
  else if ('seconds' in value && 'nanoseconds' in value && 'toDate' in value) {
    content.addText(`t${String(value.seconds)}.${String(value.nanoseconds)};`);
  } else if ('latitude' in value && 'longitude' in value) {
    content.addText(`g${String(value.latitude)},${String(value.longitude)};`);
  } else if ('path' in value) {
    content.addText('r');
    addString(content, String(value.path));
  } else if ('toArray' in value && typeof value.toArray === 'function') {
    content.addText('v');
    addValue(content, value.toArray());
  } else addMap(content, { ...value }, Object.keys(value));
}
