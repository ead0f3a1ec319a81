// Structs whose fields have no names cannot be read from DuckDB: their values come as objects by name.
// Such a query is run again over a cast that names the fields `_field_1`, `_field_2`, …
import type { Column } from '../engine.ts';
import { quoteIdentifier } from '../schema.ts';

interface TypeShape {
  readonly valueType?: TypeShape;
  readonly entryNames?: readonly string[];
  readonly entryTypes?: readonly TypeShape[];
  readonly alias?: string;
  toString(): string;
}

/** The query to run instead, or undefined when every field has a name. */
export function nameStructFields(sql: string, columns: readonly Column[]): string | undefined {
  if (!columns.some(({ type }) => unnamed(type))) return undefined;
  const names = columns.map((_, i) => `c${i}`);
  const casts = columns.map(
    ({ name, type }, i) => `CAST(c${i} AS ${namedType(type as TypeShape)}) AS ${quoteIdentifier(name)}`,
  );
  return `SELECT ${casts.join(', ')} FROM (${sql}) AS q(${names.join(', ')})`;
}

function unnamed({ valueType, entryNames, entryTypes }: TypeShape): boolean {
  if (valueType) return unnamed(valueType);
  return entryNames !== undefined && (entryNames.includes('') || (entryTypes ?? []).some(unnamed));
}

function namedType(type: TypeShape): string {
  if (type.valueType) return `${namedType(type.valueType)}[]`;
  const { entryNames, entryTypes } = type;
  if (!entryNames || !entryTypes) return type.alias ?? type.toString();
  const fields = entryNames.map(
    (name, i) => `${quoteIdentifier(name || `_field_${i + 1}`)} ${namedType(entryTypes[i]!)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}
