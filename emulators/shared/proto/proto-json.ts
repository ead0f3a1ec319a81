// The JSON form of messages, as REST speaks it, driven by the descriptor of a service.
// https://protobuf.dev/programming-guides/json/
import { invalidArgument } from '../status.ts';
import type { DescriptorNode, FieldDescriptor } from './descriptor.ts';
import { findNode } from './descriptor.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { ProtoTime } from './rfc3339.ts';
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts';
import { fromProtoStruct } from './struct.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Record<string, Json>;
type Message = Record<string, unknown>;

const TIMESTAMP = 'google.protobuf.Timestamp';
const DURATION = 'google.protobuf.Duration';
const STRUCT = 'google.protobuf.Struct';
const FIELD_MASK = 'google.protobuf.FieldMask';
const NULL_VALUE = 'google.protobuf.NullValue';
/** Messages that stand for a single value and are written as that value. */
const WRAPPER = /^google\.protobuf\.(Double|Int32|Int64|UInt32|Bool|String)Value$/;

interface Type {
  readonly name: string;
  readonly node: DescriptorNode;
  readonly resolve: (scope: string, name: string) => Type;
}

export interface ProtoJson {
  /** `type` is the name of a message as it is written inside the package. */
  readonly toJson: (type: string, message: object) => Json;
  /** Throws INVALID_ARGUMENT when the JSON does not fit. */
  readonly fromJson: (type: string, json: Json) => object;
}

export function createProtoJson(root: DescriptorNode, packageName: string): ProtoJson {
  const resolve = createResolver(root);
  return {
    toJson: (type, message) => messageToJson(resolve(packageName, type), message as Message),
    fromJson: (type, json) => messageFromJson(resolve(packageName, type), json, '') as object,
  };
}

function messageToJson(type: Type, message: Message): Json {
  if (type.name === TIMESTAMP) return formatRfc3339(message);
  if (type.name === DURATION) return formatDuration(message);
  if (type.name === STRUCT) return fromProtoStruct(message);
  if (type.name === FIELD_MASK) return ((message['paths'] ?? []) as string[]).map(toCamelCase).join(',');
  const wrapped = WRAPPER.test(type.name) ? type.node.fields?.['value'] : undefined;
  if (wrapped) return valueToJson(type, wrapped, message['value'] ?? 0);
  const json: JsonObject = {};
  for (const [name, field] of Object.entries(type.node.fields ?? {})) {
    const value = message[name];
    if (value === undefined || value === null) continue;
    if (field.rule === 'repeated') {
      const items = value as readonly unknown[];
      if (items.length > 0) json[name] = items.map((item) => valueToJson(type, field, item));
    } else if (field.keyType) {
      const entries = Object.entries(value).map(
        ([key, item]) => [key, valueToJson(type, field, item)] as const,
      );
      if (entries.length > 0) json[name] = Object.fromEntries(entries);
    } else {
      json[name] = valueToJson(type, field, value);
    }
  }
  return json;
}

function valueToJson(scope: Type, field: FieldDescriptor, value: unknown): Json {
  switch (field.type) {
    case 'double':
    case 'float':
      // JSON.stringify would drop the sign of -0.
      if (Object.is(value, -0)) return '-0';
      return Number.isFinite(value) ? (value as number) : String(value);
    case 'int64':
    case 'uint64':
      return String(value);
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'string':
    case 'bool':
    case 'int32':
    case 'uint32':
      return value as Json;
    default: {
      const type = scope.resolve(scope.name, field.type);
      if (type.name === NULL_VALUE) return null;
      return type.node.values ? (value as string) : messageToJson(type, value as Message);
    }
  }
}

function messageFromJson(type: Type, json: Json, at: string): unknown {
  if (type.name === TIMESTAMP) return parseTimestamp(json, at);
  if (type.name === DURATION) return parseDurationJson(json, at);
  if (type.name === FIELD_MASK) return parseFieldMask(json, at);
  const wrapped = WRAPPER.test(type.name) ? type.node.fields?.['value'] : undefined;
  if (wrapped) return { value: valueFromJson(type, wrapped, json, at) };
  if (!isObject(json)) throw invalid(at, 'want an object');
  const message: Message = {};
  for (const [key, value] of Object.entries(json)) {
    const name = toCamelCase(key);
    const field = type.node.fields?.[name];
    const where = at === '' ? key : `${at}.${key}`;
    if (!field) {
      throw invalidArgument(
        `Invalid JSON payload received. Unknown name "${key}"${at === '' ? '' : ` at '${at}'`}: Cannot find field.`,
      );
    }
    if (value === null && !isNullable(type, field)) continue;
    message[name] = fieldFromJson(type, field, value, where);
  }
  for (const [name, { oneof }] of Object.entries(type.node.oneofs ?? {})) {
    const set = oneof.filter((member) => message[member] !== undefined);
    if (set.length > 1) throw invalid(at, `oneof field "${name}" is already set: has ${set.join(' and ')}`);
    if (set[0]) message[name] = set[0];
  }
  return message;
}

function fieldFromJson(scope: Type, field: FieldDescriptor, json: Json, at: string): unknown {
  if (field.rule === 'repeated') {
    // A lone value stands for a list of one, as query strings have it.
    const items = Array.isArray(json) ? (json as readonly Json[]) : [json];
    return items.map((item, i) => valueFromJson(scope, field, item, `${at}[${i}]`));
  }
  if (field.keyType) {
    if (!isObject(json)) throw invalid(at, 'want an object');
    return Object.fromEntries(
      Object.entries(json).map(([key, item]) => [key, valueFromJson(scope, field, item, `${at}[${key}]`)]),
    );
  }
  return valueFromJson(scope, field, json, at);
}

function valueFromJson(scope: Type, field: FieldDescriptor, json: Json, at: string): unknown {
  switch (field.type) {
    case 'string':
      if (typeof json !== 'string') throw invalid(at, 'want a string');
      return json;
    case 'bool':
      if (json === true || json === 'true') return true;
      if (json === false || json === 'false') return false;
      throw invalid(at, 'want true or false');
    case 'bytes':
      if (typeof json !== 'string') throw invalid(at, 'want base64');
      return Buffer.from(json, 'base64'); // takes the URL-safe alphabet as well
    case 'double':
    case 'float':
      return parseDouble(json, at);
    case 'int64':
    case 'uint64':
      return parseInteger(json, at, 64).toString();
    case 'int32':
    case 'uint32':
      return Number(parseInteger(json, at, 32));
    default: {
      const type = scope.resolve(scope.name, field.type);
      if (type.name === NULL_VALUE) return 'NULL_VALUE';
      return type.node.values ? parseEnum(type.node.values, json, at) : messageFromJson(type, json, at);
    }
  }
}

function isNullable(scope: Type, field: FieldDescriptor): boolean {
  return field.type.endsWith('NullValue') && scope.resolve(scope.name, field.type).name === NULL_VALUE;
}

function parseDouble(json: Json, at: string): number {
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json);
  const number = typeof json === 'string' && json.trim() !== '' ? Number(json) : json;
  if (typeof number !== 'number' || Number.isNaN(number)) throw invalid(at, 'want a number');
  return number;
}

function parseInteger(json: Json, at: string, bits: number): bigint {
  const isInteger = typeof json === 'number' ? Number.isInteger(json) : isDigits(json);
  if (!isInteger) throw invalid(at, 'want an integer');
  const integer = BigInt(json as number | string);
  if (BigInt.asIntN(bits, integer) !== integer) throw invalid(at, `want an integer of ${bits} bits`);
  return integer;
}

function isDigits(json: Json): boolean {
  return typeof json === 'string' && /^-?\d+$/.test(json);
}

function parseEnum(values: Readonly<Record<string, number>>, json: Json, at: string): string {
  // In a query string a number is text.
  const isNumber = typeof json === 'number' || isDigits(json);
  const name = isNumber ? Object.keys(values).find((key) => values[key] === Number(json)) : json;
  if (typeof name !== 'string' || !Object.hasOwn(values, name))
    throw invalid(at, `want one of ${Object.keys(values).join(', ')}`);
  return name;
}

function parseTimestamp(json: Json, at: string): ProtoTime {
  const time = typeof json === 'string' ? parseRfc3339(json) : undefined;
  if (!time) throw invalid(at, 'want a time as in "2026-01-31T12:00:00.123456Z"');
  return time;
}

function parseDurationJson(json: Json, at: string): ProtoTime {
  const duration = typeof json === 'string' ? parseDuration(json) : undefined;
  if (!duration) throw invalid(at, 'want a duration as in "3.5s"');
  return duration;
}

function parseFieldMask(json: Json, at: string): { paths: string[] } {
  if (typeof json !== 'string') throw invalid(at, 'want names of fields, separated by commas');
  return { paths: json.split(',').filter(Boolean) };
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function isObject(json: Json): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function invalid(at: string, want: string): Error {
  return invalidArgument(`Invalid value at '${at || 'request'}': ${want}`);
}

/** Finds a type by its name as written inside `scope`: in the scope itself, then in what encloses it. */
function createResolver(root: DescriptorNode): Type['resolve'] {
  const resolved = new Map<string, Type>();
  return function resolve(scope, name) {
    const key = `${scope} ${name}`;
    let type = resolved.get(key);
    for (let outer = scope; !type; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const full = outer === '' ? name : `${outer}.${name}`;
      const node = findNode(root, full);
      if (node) type = { name: full, node, resolve };
      else if (outer === '') throw new Error(`The descriptor has no type "${name}" in "${scope}"`);
    }
    resolved.set(key, type);
    return type;
  };
}
