// Paths of fields as masks, filters and orders spell them: `a.b`, with backticks around anything that is
// not a simple name: `` `a.b`.c ``.
import { invalidArgument } from '../../shared/status.ts';
import { isMap } from './value.ts';
import type { MapValue, Value } from './value.ts';

export type FieldPath = readonly string[];

const SIMPLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** One segment and what follows it: a dot, or the end. */
const SEGMENT = /(?:`((?:[^`\\]|\\.)+)`|([A-Za-z_][A-Za-z0-9_]*))(\.|$)/suy;

/** The document's own name, which filters and orders may use like a field. */
export const DOCUMENT_ID = '__name__';

export function parseFieldPath(text: string): FieldPath {
  const segments: string[] = [];
  SEGMENT.lastIndex = 0;
  for (let more = true; more;) {
    const match = SEGMENT.exec(text);
    const segment = match?.[1]?.replace(/\\(.)/gsu, '$1') ?? match?.[2];
    if (!match || !segment) throw invalidArgument(unquoted(text));
    segments.push(segment);
    more = match[3] === '.';
  }
  return segments;
}

/** In the words of the service. */
function unquoted(path: string): string {
  return (
    `Invalid property path "${path}". Unquoted property names must match regex ([a-zA-Z_][a-zA-Z_0-9]*), ` +
    'and quoted property names must match regex (`(?:[^`\\\\]|(?:\\\\.))+`)'
  );
}

export function formatFieldPath(path: FieldPath): string {
  return path
    .map((segment) => (SIMPLE.test(segment) ? segment : `\`${segment.replace(/[\\`]/g, '\\$&')}\``))
    .join('.');
}

export function isDocumentId(path: FieldPath): boolean {
  return path.length === 1 && path[0] === DOCUMENT_ID;
}

export function getField(fields: MapValue, path: FieldPath): Value | undefined {
  let value: Value | undefined = fields.get(path[0]!);
  for (let i = 1; i < path.length; i++) {
    if (!isMap(value)) return undefined;
    value = value.get(path[i]!);
  }
  return value;
}

/** A copy with the field set; what stood in its way (a value that is no map) gives way to a map. */
export function setField(fields: MapValue, path: FieldPath, value: Value): MapValue {
  const [head, ...rest] = path;
  const copy = new Map(fields);
  if (rest.length === 0) return copy.set(head!, value);
  const inner = fields.get(head!);
  return copy.set(head!, setField(isMap(inner) ? inner : new Map<string, Value>(), rest, value));
}

/** A copy without the field; the same map if it was absent. */
export function deleteField(fields: MapValue, path: FieldPath): MapValue {
  if (getField(fields, path) === undefined) return fields;
  const [head, ...rest] = path;
  const copy = new Map(fields);
  if (rest.length === 0) copy.delete(head!);
  else copy.set(head!, deleteField(fields.get(head!) as MapValue, rest));
  return copy;
}

/** A copy with nothing but the given fields. */
export function pickFields(fields: MapValue, paths: readonly FieldPath[]): MapValue {
  let picked: MapValue = new Map<string, Value>();
  for (const path of paths) {
    const value = getField(fields, path);
    if (value !== undefined) picked = setField(picked, path, value);
  }
  return picked;
}
