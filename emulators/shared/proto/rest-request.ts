// What a REST request says beside its path: the body and the query string, as one JSON object each.
import { invalidArgument, StatusError } from '../status.ts';
import type { Json } from './proto-json.ts';

export type JsonObject = Readonly<Record<string, Json>>;

/** Query parameters that every Google API knows and that are no fields of a request. */
const SYSTEM_PARAMETERS = new Set([
  'alt', '$alt', 'prettyPrint', 'key', 'access_token', 'oauth_token', 'quotaUser', 'callback', 'uploadType', '$.xgafv',
]); // prettier-ignore

/** Throws INVALID_ARGUMENT, without a word of what was sent. */
export function parseBody(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  let json: Json;
  try {
    json = JSON.parse(body.toString()) as Json;
  } catch (error) {
    throw new StatusError('INVALID_ARGUMENT', 'Invalid JSON payload received.', { cause: error });
  }
  // Google's client for Node sends an empty message as an empty string.
  if (json === '') return {};
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidArgument('Invalid JSON payload received: want an object.');
  }
  return json as JsonObject;
}

/** `mask.fieldPaths=a&mask.fieldPaths=b&pageSize=3` as the object that it stands for. */
export function parseQuery(query: URLSearchParams): JsonObject {
  const json: Record<string, Json> = {};
  for (const key of new Set(query.keys())) {
    if (SYSTEM_PARAMETERS.has(key)) continue;
    const values = query.getAll(key);
    const path = key.split('.');
    let target = json;
    for (const part of path.slice(0, -1)) target = (target[part] ??= {}) as Record<string, Json>;
    target[path.at(-1)!] = values.length === 1 ? values[0]! : values;
  }
  return json;
}
