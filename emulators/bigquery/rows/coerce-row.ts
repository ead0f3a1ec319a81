// One JSON row to the cells of a table's columns, in the order of the schema. Throws RowError for the
// first thing that is wrong, as the service reports one reason per row.
import type { Field } from '../schema.ts';
import type { Cell } from './cell.ts';
import { coerceScalar, RowError } from './coerce-value.ts';

const indexes = new WeakMap<readonly Field[], ReadonlyMap<string, number>>();

/** Column positions by name; names of columns do not depend on case. */
function indexOf(fields: readonly Field[]): ReadonlyMap<string, number> {
  let index = indexes.get(fields);
  if (!index) {
    index = new Map(fields.map((field, i) => [field.name.toLowerCase(), i]));
    indexes.set(fields, index);
  }
  return index;
}

export function coerceRow(
  json: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
  ignoreUnknownValues: boolean,
  parent = '',
): Cell[] {
  const index = indexOf(fields);
  const cells = Array.from<Cell>({ length: fields.length }).fill(null);
  for (const name of Object.keys(json)) {
    const position = index.get(name.toLowerCase());
    if (position === undefined) {
      if (ignoreUnknownValues) continue;
      throw new RowError(`no such field: ${name}.`, parent + name);
    }
    const field = fields[position]!;
    cells[position] = coerceField(json[name], field, ignoreUnknownValues, parent + field.name);
  }
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (cells[i] !== null) continue;
    if (field.mode === 'REQUIRED')
      throw new RowError(`Missing required field: ${field.name}.`, parent + field.name);
    if (field.mode === 'REPEATED') cells[i] = [];
  }
  return cells;
}

function coerceField(value: unknown, field: Field, ignoreUnknownValues: boolean, location: string): Cell {
  if (value === null || value === undefined) return null;
  if (field.mode !== 'REPEATED') {
    if (Array.isArray(value) && field.type !== 'JSON')
      throw new RowError(`Array specified for non-repeated field: ${field.name}.`, location);
    return coerceSingle(value, field, ignoreUnknownValues, location);
  }
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item, i) => {
    const place = `${location}[${i}]`;
    if (item === null || item === undefined)
      throw new RowError(`Only optional fields can be set to NULL. Field: ${field.name}; Value: NULL`, place);
    return coerceSingle(item, field, ignoreUnknownValues, place);
  });
}

function coerceSingle(value: unknown, field: Field, ignoreUnknownValues: boolean, location: string): Cell {
  if (field.type === 'JSON') return coerceScalar(value, field, location);
  if (typeof value !== 'object') return coerceScalar(value, field, location);
  if (field.type !== 'RECORD' || value === null || Array.isArray(value))
    throw new RowError(`This field: ${field.name} is not a record.`, location);
  return coerceRow(value as Record<string, unknown>, field.fields ?? [], ignoreUnknownValues, `${location}.`);
}
