// The body of a Firestore event, `google.events.cloud.firestore.v1.DocumentEventData` in protobuf's wire format, read
// in place: whether a document was completed is seen without decoding it, and only one that was is decoded. Most
// events are no completion, our own status writes among them.
import { toRfc3339 } from '../pipelines/fields.ts';
import type { DocumentData, Pipeline } from '../pipelines/pipeline.ts';
import { documentPath, GeoPoint, Reference, Timestamp, toMapOrVector } from './firestore-values.ts';
import { Body, EventError, Reader } from './protobuf-reader.ts';

export interface CompletedDocument {
  readonly path: string;
  readonly data: DocumentData;
  /** Of the completed data, RFC 3339 UTC with microseconds. */
  readonly updateTime: string;
}

/** The document of an event that completes it; undefined for any other event. Throws for a body that is none. */
export type ReadCompletion = (body: Uint8Array) => CompletedDocument | undefined;

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

export function createCompletionReader({ completion }: Pick<Pipeline, 'completion'>): ReadCompletion {
  const field = Buffer.from(completion.field);
  const wanted = Buffer.from(completion.equals);
  return (body) => {
    const event = new Reader(new Body(body), 0, body.length);
    let [after, before]: (Reader | undefined)[] = [];
    while (event.next()) {
      if (event.field === EVENT.value) after = event.message();
      else if (event.field === EVENT.oldValue) before = event.message();
      else event.skip();
    }
    if (!after || !holds(after.again(), field, wanted)) return undefined;
    if (before && holds(before, field, wanted)) return undefined;
    return decodeDocument(after);
  };
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

function decodeDocument(document: Reader): CompletedDocument {
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
