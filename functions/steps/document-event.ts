// The body of a Firestore event, `google.events.cloud.firestore.v1.DocumentEventData` in protobuf's wire format, read
// in place: whether there is something to sync is seen without decoding it, and only what is to be synced is decoded.
// Most events ask for nothing, our own status writes among them.
import { toRfc3339 } from '../pipelines/fields.ts';
import type { Changed, Completed, DocumentData, DocumentVersion, Pipeline } from '../pipelines/pipeline.ts';
import { STATUS_FIELD_PREFIX } from '../pipelines/read-document.ts';
import { contentHash } from './content-hash.ts';
import { deletionAfter } from './deletion.ts';
import { documentPath, GeoPoint, Reference, Timestamp, toMapOrVector } from './firestore-values.ts';
import { Body, EventError, Reader } from './protobuf-reader.ts';

/** A version of a document, as an event or a query brings it. */
export type WrittenDocument = LivingDocument | DeletedDocument;

export interface LivingDocument {
  readonly path: string;
  readonly data: DocumentData;
  /** Of the data, RFC 3339 UTC with microseconds. */
  readonly updateTime: string;
}

export interface DeletedDocument {
  readonly path: string;
  readonly data: undefined;
  readonly deletion: DocumentVersion;
}

/**
 * What an event brings that is to be synced; undefined when there is nothing. `time` is the event's own. Throws for a
 * body that is none.
 */
export type ReadVersion = (body: Uint8Array, time?: string) => WrittenDocument | undefined;

// Field numbers of the messages, from google/events/cloud/firestore/v1/data.proto.
const EVENT = { value: 1, oldValue: 2 };
const DOCUMENT = { name: 1, fields: 2, updateTime: 4 };
const ENTRY = { key: 1, value: 2 };
const VALUE = {
  boolean: 1,
  integer: 2,
  double: 3,
  reference: 5,
  map: 6,
  geoPoint: 8,
  array: 9,
  timestamp: 10,
  null: 11,
  string: 17,
  bytes: 18,
};

export function createVersionReader({ when }: Pick<Pipeline, 'when'>): ReadVersion {
  const find = 'completed' in when ? findCompletion(when.completed) : findChange(when.changed);
  return (body, time) => {
    const event = new Reader(new Body(body), 0, body.length);
    let [after, before]: (Reader | undefined)[] = [];
    while (event.next()) {
      if (event.field === EVENT.value) after = event.message();
      else if (event.field === EVENT.oldValue) before = event.message();
      else event.skip();
    }
    return find(after, before, time);
  };
}

/** Of the two states of a document: one that is not there is undefined. */
type Find = (
  after: Reader | undefined,
  before: Reader | undefined,
  time: string | undefined,
) => WrittenDocument | undefined;

function findCompletion({ field, equals }: Completed): Find {
  const [name, wanted] = [Buffer.from(field), Buffer.from(equals)];
  return (after, before) => {
    if (!after || !holds(after.again(), name, wanted)) return undefined;
    if (before && holds(before, name, wanted)) return undefined;
    return decodeDocument(after);
  };
}

function findChange({ onDelete }: Changed): Find {
  return (after, before, time) => {
    if (!before) return after && decodeDocument(after);
    if (after) return isSameContent(before, after) ? undefined : decodeDocument(after.again());
    if (onDelete === 'keep') return undefined;
    const { path, updateTime } = decodeDocument(before); // rare: the fields are decoded in vain
    return { path, data: undefined, deletion: deletionAfter(updateTime, time) };
  };
}

const PREFIX = Buffer.from(STATUS_FIELD_PREFIX);

/**
 * Whether two states differ in our own status fields at the most. Field by field in their bytes, which is what our own
 * status write comes to; what differs there may still be the same in another order.
 */
function isSameContent(before: Reader, after: Reader): boolean {
  const [a, b] = [before.again(), after.again()];
  for (;;) {
    const [x, y] = [nextContentField(a), nextContentField(b)];
    if (!x && !y) return true;
    if (!x || !y || !x.equals(y)) break;
  }
  const [was, is] = [decodeDocument(before.again()), decodeDocument(after.again())];
  return contentHash(was.data) === contentHash(is.data);
}

/** The next field that is not one of our own, with its name; undefined at the end. */
function nextContentField(document: Reader): Reader | undefined {
  while (document.next()) {
    if (document.field !== DOCUMENT.fields) {
      document.skip();
      continue;
    }
    const entry = document.message();
    let isOurs = false;
    while (entry.next()) {
      if (entry.field === ENTRY.key) isOurs = entry.beginsWith(PREFIX);
      else entry.skip();
    }
    if (!isOurs) return entry;
  }
  return undefined;
}

/** Whether the document's top-level field is that string. */
function holds(document: Reader, field: Buffer, wanted: Buffer): boolean {
  let found = false;
  while (document.next()) {
    if (document.field !== DOCUMENT.fields) {
      document.skip();
      continue;
    }
    const entry = document.message();
    let isField = false;
    let equals = false;
    while (entry.next()) {
      if (entry.field === ENTRY.key) isField = entry.isBytes(field);
      else if (entry.field === ENTRY.value && isField) equals = isString(entry.message(), wanted);
      else entry.skip();
    }
    if (isField) found = equals;
  }
  return found;
}

function isString(value: Reader, wanted: Buffer): boolean {
  let equals = false;
  while (value.next()) {
    if (value.field === VALUE.string) equals = value.isBytes(wanted);
    else {
      equals = false;
      value.skip();
    }
  }
  return equals;
}

function decodeDocument(document: Reader): LivingDocument {
  let name = '';
  let updateTime: Timestamp | undefined;
  const data: Record<string, unknown> = {};
  while (document.next()) {
    if (document.field === DOCUMENT.name) name = document.string();
    else if (document.field === DOCUMENT.fields) decodeEntry(document.message(), data);
    else if (document.field === DOCUMENT.updateTime) updateTime = decodeTimestamp(document.message());
    else document.skip();
  }
  if (name === '' || !updateTime) throw new EventError('has no name or no update time');
  return { path: documentPath(name), data, updateTime: toRfc3339(updateTime) };
}

function decodeEntry(entry: Reader, into: Record<string, unknown>): void {
  let key = '';
  let value: unknown = null;
  while (entry.next()) {
    if (entry.field === ENTRY.key) key = entry.string();
    else if (entry.field === ENTRY.value) value = decodeValue(entry.message());
    else entry.skip();
  }
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, writable: true });
  else into[key] = value;
}

function decodeValue(value: Reader): unknown {
  let decoded: unknown = null;
  while (value.next()) decoded = decodeKind(value);
  return decoded;
}

function decodeKind(value: Reader): unknown {
  switch (value.field) {
    case VALUE.string:
      return value.string();
    case VALUE.integer:
      return value.int64();
    case VALUE.double:
      return value.double();
    case VALUE.boolean:
      return value.int64() !== 0;
    case VALUE.timestamp:
      return decodeTimestamp(value.message());
    case VALUE.map:
      return toMapOrVector(decodeMap(value.message()));
    case VALUE.array:
      return decodeArray(value.message());
    case VALUE.bytes:
      return Buffer.from(value.slice());
    case VALUE.reference:
      return new Reference(value.string());
    case VALUE.geoPoint:
      return decodeGeoPoint(value.message());
    case VALUE.null:
      value.skip();
      return null;
    default:
      throw new EventError('holds a value of an unknown type');
  }
}

function decodeMap(map: Reader): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  while (map.next()) {
    if (map.field === 1) decodeEntry(map.message(), data);
    else map.skip();
  }
  return data;
}

function decodeArray(array: Reader): unknown[] {
  const elements: unknown[] = [];
  while (array.next()) {
    if (array.field === 1) elements.push(decodeValue(array.message()));
    else array.skip();
  }
  return elements;
}

function decodeTimestamp(timestamp: Reader): Timestamp {
  let [seconds, nanoseconds] = [0, 0];
  while (timestamp.next()) {
    if (timestamp.field === 1) seconds = timestamp.int64();
    else if (timestamp.field === 2) nanoseconds = timestamp.int64();
    else timestamp.skip();
  }
  return new Timestamp(seconds, nanoseconds);
}

function decodeGeoPoint(point: Reader): GeoPoint {
  let [latitude, longitude] = [0, 0];
  while (point.next()) {
    if (point.field === 1) latitude = point.double();
    else if (point.field === 2) longitude = point.double();
    else point.skip();
  }
  return new GeoPoint(latitude, longitude);
}
