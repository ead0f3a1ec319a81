// The rules that the fields of a document keep: names, nesting, arrays within arrays.
// https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
import { invalidArgument } from '../../shared/status.ts';
import { isArray, isMap, vectorElements } from '../values/value.ts';
import type { MapValue, Value } from '../values/value.ts';

const MAX_DEPTH = 20;
const MAX_NAME_BYTES = 1500;
const MAX_VALUE_BYTES = 1_048_487;

export function checkFields(fields: MapValue): void {
  checkMap(fields, 1);
}

export function checkFieldName(name: string): void {
  if (name === '') throw invalidArgument('Document fields must not be empty.');
  if (name.length > 3 && name.startsWith('__') && name.endsWith('__')) {
    throw invalidArgument(`Document fields cannot begin and end with "__": "${name}"`);
  }
  if (name.length > MAX_NAME_BYTES / 3 && Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw invalidArgument(
      `The name of field "${name.slice(0, 50)}..." is longer than ${MAX_NAME_BYTES} bytes.`,
    );
  }
}

/** Throws unless the value may stand in an array. */
export function checkElement(value: Value): void {
  if (isArray(value)) throw invalidArgument('Cannot convert an array value in an array value.');
  checkValue(value, 1);
}

function checkMap(map: MapValue, depth: number): void {
  if (depth > MAX_DEPTH) throw invalidArgument(`A value is nested deeper than ${MAX_DEPTH} levels.`);
  for (const [name, value] of map) {
    checkFieldName(name);
    checkValueSize(name, value);
    checkValue(value, depth);
  }
}

function checkValueSize(name: string, value: Value): void {
  const isLong =
    typeof value === 'string'
      ? value.length > MAX_VALUE_BYTES / 3 && Buffer.byteLength(value) > MAX_VALUE_BYTES
      : value instanceof Uint8Array && value.byteLength > MAX_VALUE_BYTES;
  if (isLong) {
    throw invalidArgument(
      `The value of property "${name.slice(0, 100)}" is longer than ${MAX_VALUE_BYTES} bytes.`,
    );
  }
}

function checkValue(value: Value, depth: number): void {
  if (isMap(value)) {
    if (!vectorElements(value)) checkMap(value, depth + 1);
  } else if (isArray(value)) {
    for (const element of value) {
      if (isArray(element)) throw invalidArgument('Cannot convert an array value in an array value.');
      checkValue(element, depth);
    }
  }
}
