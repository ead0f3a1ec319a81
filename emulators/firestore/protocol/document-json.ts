// A serialised document in the JSON of the REST API.
import type { Json } from './proto-json.ts';
import { toJson } from './proto-json.ts';
import { deserialiseDocument } from './protos.ts';

export function documentToJson(bytes: Uint8Array): Json {
  return toJson('Document', deserialiseDocument(bytes));
}
