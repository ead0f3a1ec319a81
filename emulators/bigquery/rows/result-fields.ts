// The schema of a query's result, from the types that DuckDB gives its columns.
import type { Column } from '../engine.ts';
import type { Field, FieldType } from '../schema.ts';

/** The parts of DuckDB's type objects that we read. */
interface TypeShape {
  readonly alias?: string;
  readonly valueType?: TypeShape;
  readonly entryNames?: readonly string[];
  readonly entryTypes?: readonly TypeShape[];
  readonly scale?: number;
  toString(): string;
}

const TYPES: Readonly<Record<string, FieldType>> = {
  BOOLEAN: 'BOOLEAN',
  TINYINT: 'INTEGER',
  SMALLINT: 'INTEGER',
  INTEGER: 'INTEGER',
  BIGINT: 'INTEGER',
  HUGEINT: 'INTEGER',
  UTINYINT: 'INTEGER',
  USMALLINT: 'INTEGER',
  UINTEGER: 'INTEGER',
  UBIGINT: 'INTEGER',
  UHUGEINT: 'INTEGER',
  FLOAT: 'FLOAT',
  DOUBLE: 'FLOAT',
  VARCHAR: 'STRING',
  BLOB: 'BYTES',
  DATE: 'DATE',
  TIME: 'TIME',
  TIMESTAMP: 'DATETIME',
  TIMESTAMP_S: 'DATETIME',
  TIMESTAMP_MS: 'DATETIME',
  TIMESTAMP_NS: 'DATETIME',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
  INTERVAL: 'INTERVAL',
};

export function resultFields(columns: readonly Column[]): Field[] {
  const used = new Map<string, number>();
  return columns.map(({ name, type }) => {
    // A name that comes twice gets a number.
    const times = used.get(name) ?? 0;
    used.set(name, times + 1);
    return resultField(times === 0 ? name : `${name}_${times}`, type);
  });
}

function resultField(name: string, type: TypeShape): Field {
  if (type.valueType) return { ...resultField(name, type.valueType), mode: 'REPEATED' };
  if (type.entryTypes && type.entryNames) {
    const { entryNames, entryTypes } = type;
    const fields = entryNames.map((inner, i) => resultField(inner || `_field_${i + 1}`, entryTypes[i]!));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  if (type.alias === 'JSON') return { name, type: 'JSON', mode: 'NULLABLE' };
  if (type.scale !== undefined)
    return { name, type: type.scale > 9 ? 'BIGNUMERIC' : 'NUMERIC', mode: 'NULLABLE' };
  // A column of nothing but NULL has no type of its own; BigQuery says INT64.
  return {
    name,
    type: TYPES[type.toString()] ?? (type.toString() === '"NULL"' ? 'INTEGER' : 'STRING'),
    mode: 'NULLABLE',
  };
}
