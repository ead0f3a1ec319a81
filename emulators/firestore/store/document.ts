// A stored document. It is never changed: a write puts a new one in its place, so that whoever holds the old
// one (an index, the history, a listener) still sees what was true then.
import type { ProtoDocument } from '../protocol/messages.ts';
import { documentName } from '../names.ts';
import type { Micros } from '../protocol/time.ts';
import { toProtoTime } from '../protocol/time.ts';
import { toProtoFields } from '../protocol/values.ts';
import type { MapValue } from '../values/value.ts';

export interface Document {
  readonly path: string;
  readonly fields: MapValue;
  readonly createTime: Micros;
  readonly updateTime: Micros;
}

export interface Change {
  readonly path: string;
  readonly before: Document | undefined;
  readonly after: Document | undefined;
}

export interface Commit {
  readonly time: Micros;
  readonly changes: readonly Change[];
}

export function toProtoDocument(
  database: string,
  document: Document,
  fields: MapValue = document.fields,
): ProtoDocument {
  return {
    name: documentName(database, document.path),
    fields: toProtoFields(fields),
    createTime: toProtoTime(document.createTime),
    updateTime: toProtoTime(document.updateTime),
  };
}
