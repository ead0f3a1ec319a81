// From the write of a request to the one that the store applies, or INVALID_ARGUMENT.
import type { ResourceName } from '../names.ts';
import { parseDocumentName } from '../names.ts';
import type { ProtoFieldTransform, ProtoPrecondition, ProtoValue, ProtoWrite } from '../protocol/messages.ts';
import { fromProtoTime } from '../protocol/time.ts';
import { fromProtoFields, fromProtoValue } from '../protocol/values.ts';
import { invalidArgument } from '../../shared/status.ts';
import type { FieldPath } from '../values/field-path.ts';
import { formatFieldPath, isDocumentId, parseFieldPath } from '../values/field-path.ts';
import type { Transform } from '../values/transforms.ts';
import type { ArrayValue } from '../values/value.ts';
import { isNumeric } from '../values/value.ts';
import { checkElement, checkFieldName, checkFields } from './check-fields.ts';
import type { FieldTransform, Precondition, Write } from './write.ts';

/** `database` is the one that the request names; a write may not leave it. */
export function parseWrite(write: ProtoWrite, database: string): Write {
  const precondition = parsePrecondition(write.currentDocument);
  switch (write.operation) {
    case 'update': {
      const { name, fields: protoFields } = write.update!;
      const fields = fromProtoFields(protoFields);
      checkFields(fields);
      return {
        kind: 'update',
        path: pathIn(database, parseDocumentName(name)),
        precondition,
        fields,
        mask: write.updateMask && parseMask(write.updateMask.fieldPaths ?? []),
        transforms: (write.updateTransforms ?? []).map(parseFieldTransform),
      };
    }
    case 'transform':
      return {
        kind: 'update',
        path: pathIn(database, parseDocumentName(write.transform!.document)),
        precondition,
        fields: new Map(),
        mask: [],
        transforms: (write.transform!.fieldTransforms ?? []).map(parseFieldTransform),
      };
    case 'delete':
      return { kind: 'delete', path: pathIn(database, parseDocumentName(write.delete)), precondition };
    case 'verify':
      return { kind: 'verify', path: pathIn(database, parseDocumentName(write.verify)), precondition };
    case undefined:
    default:
      throw invalidArgument('A write has no operation: want one of update, delete, verify or transform');
  }
}

export function parsePrecondition(precondition: ProtoPrecondition | undefined): Precondition | undefined {
  if (precondition?.exists !== undefined) return { exists: precondition.exists };
  if (precondition?.updateTime) return { updateTime: fromProtoTime(precondition.updateTime) };
  return undefined;
}

/** A path and a part of it cannot both be in one mask, for then it is not clear what the write means. */
export function parseMask(fieldPaths: readonly string[]): readonly FieldPath[] {
  const mask = fieldPaths.map(parseWritableField);
  const paths = new Set(mask.map(formatFieldPath));
  for (const path of mask) {
    for (let length = 1; length < path.length; length++) {
      const outer = formatFieldPath(path.slice(0, length));
      if (paths.has(outer))
        throw invalidArgument(`The update mask has both "${outer}" and a field inside it.`);
    }
  }
  return mask;
}

function pathIn(database: string, name: ResourceName): string {
  if (name.database !== database) {
    throw invalidArgument(`Document is in database "${name.database}", but the request is for "${database}"`);
  }
  return name.path;
}

function parseWritableField(text: string): FieldPath {
  const path = parseFieldPath(text);
  if (isDocumentId(path)) throw invalidArgument('The field "__name__" cannot be written.');
  for (const segment of path) checkFieldName(segment);
  return path;
}

function parseFieldTransform(proto: ProtoFieldTransform): FieldTransform {
  return { field: parseWritableField(proto.fieldPath ?? ''), transform: parseTransform(proto) };
}

function parseTransform(proto: ProtoFieldTransform): Transform {
  switch (proto.transformType) {
    case 'setToServerValue':
      if (proto.setToServerValue === 'REQUEST_TIME') return { kind: 'requestTime' };
      throw invalidArgument(`Server value "${proto.setToServerValue}" is unknown: want REQUEST_TIME`);
    case 'increment':
    case 'maximum':
    case 'minimum':
      return { kind: proto.transformType, operand: parseOperand(proto[proto.transformType]!) };
    case 'appendMissingElements':
      return { kind: 'appendMissing', elements: parseElements(proto.appendMissingElements!.values) };
    case 'removeAllFromArray':
      return { kind: 'removeAll', elements: parseElements(proto.removeAllFromArray!.values) };
    case undefined:
    default:
      throw invalidArgument(`The transform of field "${proto.fieldPath}" has no type`);
  }
}

function parseOperand(proto: ProtoValue): bigint | number {
  const value = fromProtoValue(proto);
  if (!isNumeric(value))
    throw invalidArgument('The operand of a numeric transform must be an integer or a double.');
  return value;
}

function parseElements(values: readonly ProtoValue[] = []): ArrayValue {
  const elements = values.map(fromProtoValue);
  for (const element of elements) checkElement(element);
  return elements;
}
