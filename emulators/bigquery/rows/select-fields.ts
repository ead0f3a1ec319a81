// `selectedFields=a,b.c` of tabledata.list: some of the columns, and of records some of the fields.
import { quoteIdentifier } from '../schema.ts';
import type { Field } from '../schema.ts';

/** The fields that are named, in the order of the schema; all of them when nothing is named. */
export function selectFields(fields: readonly Field[], names: string | null): readonly Field[] {
  return names
    ? narrow(
        fields,
        names.split(',').map((name) => name.trim().toLowerCase()),
      )
    : fields;
}

function narrow(fields: readonly Field[], wanted: readonly string[]): Field[] {
  return fields.flatMap((field) => {
    const name = field.name.toLowerCase();
    if (wanted.includes(name)) return [field];
    const inner = wanted
      .filter((path) => path.startsWith(`${name}.`))
      .map((path) => path.slice(name.length + 1));
    if (inner.length === 0) return [];
    return [{ ...field, fields: narrow(field.fields ?? [], inner) }];
  });
}

/** The column in DuckDB's SQL, with the fields of a record that its field names. */
export function fieldExpression(field: Field): string {
  const column = quoteIdentifier(field.name);
  return field.type === 'RECORD' ? `${value(column, field)} AS ${column}` : column;
}

function value(sql: string, field: Field): string {
  if (field.type !== 'RECORD') return sql;
  const pack = (record: string) => {
    const parts = (field.fields ?? []).map((inner) => {
      const name = quoteIdentifier(inner.name);
      return `${name} := ${value(`${record}.${name}`, inner)}`;
    });
    return `CASE WHEN ${record} IS NOT NULL THEN struct_pack(${parts.join(', ')}) END`;
  };
  return field.mode === 'REPEATED' ? `list_transform(${sql}, lambda e: ${pack('e')})` : pack(sql);
}
