// `--input FILE`: newline-delimited Firestore REST documents. Everything is checked before anything is written; a
// problem is named by file, line and field, never by value.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from '../args.ts';
import type { ProtoFields } from '../../emulators/firestore/protocol/messages.ts';
import { fromJson, type Json } from '../../emulators/firestore/protocol/proto-json.ts';
import { fromProtoFields } from '../../emulators/firestore/protocol/values.ts';
import { documentSize, MAX_DOCUMENT_BYTES } from '../../emulators/firestore/values/size.ts';
import { checkFields as checkFirestoreFields } from '../../emulators/firestore/writes/check-fields.ts';

export interface InputDocument {
  readonly line: number;
  /** `users/u1/sessions/s1` */
  readonly path: string;
  /** Values in Firestore's REST form, as they stood in the file. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export class InputError extends UsageError {}

/** Throws an InputError `FILE:LINE: reason` at the first malformed line, or when the file cannot be read. */
export async function readInputFile(file: string): Promise<InputDocument[]> {
  const documents: InputDocument[] = [];
  let line = 0;
  try {
    for await (const text of createInterface({
      input: createReadStream(file, 'utf8'),
      crlfDelay: Infinity,
    })) {
      line++;
      if (text.trim() !== '') documents.push({ line, ...parseLine(text) });
    }
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError(`${file}:${line}: ${error.message}`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(`Cannot read ${file}: ${code ?? 'unknown error'}`, { cause: error });
  }
  if (documents.length === 0) throw new InputError(`${file}: holds no document`);
  return documents;
}

/** One line: `{"name": "users/u1/sessions/s1", "fields": {…}}`. Throws an InputError that says what is wrong where. */
export function parseLine(text: string): Omit<InputDocument, 'line'> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError('not JSON');
  }
  if (!isObject(json)) throw new InputError('must be an object {"name": …, "fields": {…}}');
  const { name, fields = {}, ...others } = json;
  const unknown = Object.keys(others).filter((key) => key !== 'createTime' && key !== 'updateTime');
  if (unknown.length > 0) throw new InputError('has keys besides "name" and "fields"');
  const path = parseName(name);
  checkFields(fields, 'fields');
  checkLimits(path, fields);
  return { path, fields };
}

function parseName(name: unknown): string {
  if (typeof name !== 'string') throw new InputError('"name" must be a string such as users/u1/sessions/s1');
  const path = name.replace(/^projects\/[^/]+\/databases\/[^/]+\/documents\//, '');
  const segments = path.split('/');
  if (segments.length % 2 !== 0) throw new InputError('"name" must be a document path (collection/id pairs)');
  for (const segment of segments) {
    const bad = segment === '' || segment === '.' || segment === '..' || /^__.*__$/.test(segment);
    if (bad || Buffer.byteLength(segment) > 1500)
      throw new InputError('"name" has an id that Firestore refuses');
  }
  return path;
}

type Check = (value: unknown, where: string) => string | undefined;

const INT64 = 2n ** 63n;

/** Per kind of value: what it must be, or undefined when it is that. */
const KINDS: Readonly<Record<string, Check>> = {
  nullValue: (value) => (value === null || value === 'NULL_VALUE' ? undefined : 'null'),
  booleanValue: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  integerValue: (value) => (isInt64(value) ? undefined : 'a 64-bit integer'),
  doubleValue: (value) =>
    typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity'
      ? undefined
      : 'a number, "NaN", "Infinity" or "-Infinity"',
  timestampValue: (value) => (isTimestamp(value) ? undefined : 'an RFC 3339 time'),
  stringValue: (value) => (typeof value === 'string' ? undefined : 'a string'),
  bytesValue: (value) => (isBase64(value) ? undefined : 'base64'),
  referenceValue: (value) =>
    typeof value === 'string' && value.startsWith('projects/') ? undefined : 'a full document name',
  geoPointValue: (value) =>
    isObject(value) && isCoordinate(value['latitude'], 90) && isCoordinate(value['longitude'], 180)
      ? undefined
      : '{"latitude": …, "longitude": …}',
  arrayValue: (value, where) => {
    if (!isObject(value)) return '{"values": […]}';
    const { values = [] } = value;
    if (!Array.isArray(values)) return '{"values": […]}';
    for (const [i, element] of values.entries()) {
      if (isObject(element) && 'arrayValue' in element) return 'without an array directly inside an array';
      checkValue(element, `${where}[${i}]`);
    }
    return undefined;
  },
  mapValue: (value, where) => {
    if (!isObject(value)) return '{"fields": {…}}';
    checkFields(value['fields'] ?? {}, where);
    return undefined;
  },
};

function checkFields(fields: unknown, where: string): asserts fields is Record<string, unknown> {
  if (!isObject(fields)) throw new InputError(`${where} must be an object`);
  for (const [key, value] of Object.entries(fields)) {
    if (key === '' || /^__.*__$/.test(key))
      throw new InputError(`${where} has a field name that Firestore refuses`);
    checkValue(value, `${where}.${key}`);
  }
}

function checkValue(value: unknown, where: string): void {
  const kinds = isObject(value) ? Object.keys(value) : [];
  const kind = kinds[0];
  const check =
    kind !== undefined && kinds.length === 1 && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!check || !isObject(value)) {
    throw new InputError(`${where} must be one Firestore value such as {"stringValue": "x"}`);
  }
  const wanted = check(value[kind!], where);
  if (wanted !== undefined) throw new InputError(`${where}: ${kind} must be ${wanted}`);
}

/** Firestore's limits as the emulator has them: what it would refuse is refused before anything is written. */
function checkLimits(path: string, fields: Record<string, unknown>): void {
  let size: number;
  try {
    const message: { readonly fields?: ProtoFields } = fromJson('Document', { fields } as Json);
    const values = fromProtoFields(message.fields);
    checkFirestoreFields(values);
    size = documentSize(path, values);
  } catch (error) {
    throw new InputError('holds something that Firestore refuses', { cause: error });
  }
  if (size > MAX_DOCUMENT_BYTES) throw new InputError('is larger than the 1 MiB that a document may have');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInt64(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return false;
  const integer = BigInt(value);
  return integer >= -INT64 && integer < INT64;
}

function isTimestamp(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

function isBase64(value: unknown): boolean {
  return typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value);
}

function isCoordinate(value: unknown, limit: number): boolean {
  return typeof value === 'number' && Math.abs(value) <= limit;
}
