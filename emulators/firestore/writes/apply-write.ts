// What one write makes of one document. Pure: the stored document and the time of the commit come in, the new
// document and the results of transforms go out.
import { documentName } from '../names.ts';
import type { Micros } from '../protocol/time.ts';
import { toProtoTime } from '../protocol/time.ts';
import { invalidArgument, StatusError } from '../../shared/status.ts';
import type { Document } from '../store/document.ts';
import { deleteField, getField, setField } from '../values/field-path.ts';
import { identical } from '../values/identical.ts';
import { documentSize, MAX_DOCUMENT_BYTES } from '../values/size.ts';
import { applyTransform } from '../values/transforms.ts';
import type { MapValue, Value } from '../values/value.ts';
import { Timestamp } from '../values/value.ts';
import type { Write } from './write.ts';

export interface Applied {
  readonly after: Document | undefined;
  readonly transformResults: readonly Value[];
}

/** Throws NOT_FOUND, ALREADY_EXISTS or FAILED_PRECONDITION when the write's precondition does not hold. */
export function applyWrite(
  write: Write,
  before: Document | undefined,
  time: Micros,
  database: string,
): Applied {
  checkPrecondition(write, before, time, database);
  if (write.kind === 'delete') return { after: undefined, transformResults: [] };
  if (write.kind === 'verify') return { after: before, transformResults: [] };

  const { fields, transformResults } = fieldsAfter(write, before, time);
  if (before && identical(before.fields, fields)) return { after: before, transformResults };
  checkSize(database, write.path, fields);
  const after = {
    path: before?.path ?? flat(write.path),
    fields,
    createTime: before?.createTime ?? time,
    updateTime: time,
  };
  return { after, transformResults };
}

/** The fields that the write gives the document, whatever its precondition says, and the results of transforms. */
export function fieldsAfter(
  write: Extract<Write, { kind: 'update' }>,
  before: Document | undefined,
  time: Micros,
): { readonly fields: MapValue; readonly transformResults: readonly Value[] } {
  let fields = maskedFields(write.fields, write.mask, before);
  const transformResults: Value[] = [];
  for (const { field, transform } of write.transforms) {
    const result = applyTransform(transform, getField(fields, field), toTimestamp(time));
    fields = setField(fields, field, result);
    // The service does not say what became of an array.
    transformResults.push(Array.isArray(result) ? null : result);
  }
  return { fields, transformResults };
}

function maskedFields(
  fields: MapValue,
  mask: Extract<Write, { kind: 'update' }>['mask'],
  before: Document | undefined,
): MapValue {
  if (!mask) return fields;
  let merged: MapValue = before?.fields ?? new Map<string, Value>();
  for (const path of mask) {
    const value = getField(fields, path);
    merged = value === undefined ? deleteField(merged, path) : setField(merged, path, value);
  }
  return merged;
}

function checkPrecondition(
  { precondition, path }: Write,
  before: Document | undefined,
  time: Micros,
  database: string,
): void {
  if (!precondition) return;
  const name = documentName(database, path);
  if ('updateTime' in precondition) {
    if (precondition.updateTime > time) throw invalidArgument('The required update_time is in the future.');
    const stored = before?.updateTime ?? 0;
    if (stored === precondition.updateTime) return;
    throw new StatusError(
      'FAILED_PRECONDITION',
      `the stored version (${stored}) does not match the required base version (${precondition.updateTime})`,
    );
  }
  if (precondition.exists && !before) throw new StatusError('NOT_FOUND', `No document to update: ${name}`);
  if (!precondition.exists && before)
    throw new StatusError('ALREADY_EXISTS', `Document already exists: ${name}`);
}

function checkSize(database: string, path: string, fields: MapValue): void {
  const size = documentSize(path, fields);
  if (size <= MAX_DOCUMENT_BYTES) return;
  const [has, most] = [size, MAX_DOCUMENT_BYTES].map((bytes) => bytes.toLocaleString('en-US'));
  throw invalidArgument(
    `Document '${documentName(database, path)}' cannot be written because its size (${has} bytes) ` +
      `exceeds the maximum allowed size of ${most} bytes.`,
  );
}

function toTimestamp(time: Micros): Timestamp {
  const { seconds, nanos } = toProtoTime(time);
  return new Timestamp(Number(seconds), nanos ?? 0);
}

/** A copy that owns its characters: a slice of the request's name would keep the whole name in memory. */
function flat(path: string): string {
  return Buffer.from(path).toString();
}
