// Schema auto-detection: the narrowest type that all values of a column have.
import { isRecord } from '../request.ts';
import type { Field, FieldType } from '../schema.ts';
import { parseDate, parseTimestamp } from '../rows/parse-temporal.ts';

function typeOfText(text: string): FieldType {
  if (/^[-+]?\d{1,18}$/.test(text)) return 'INTEGER';
  if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return 'FLOAT';
  if (/^(true|false)$/i.test(text)) return 'BOOLEAN';
  if (parseDate(text) !== undefined) return 'DATE';
  if (/^\d{4}-\d/.test(text) && parseTimestamp(text) !== undefined) return 'TIMESTAMP';
  return 'STRING';
}

function common(a: FieldType | undefined, b: FieldType): FieldType {
  if (a === undefined || a === b) return b;
  if ((a === 'INTEGER' && b === 'FLOAT') || (a === 'FLOAT' && b === 'INTEGER')) return 'FLOAT';
  if ((a === 'DATE' && b === 'TIMESTAMP') || (a === 'TIMESTAMP' && b === 'DATE')) return 'TIMESTAMP';
  return 'STRING';
}

/** Types of CSV columns; columns of nothing but empty values are STRING. */
export function detectTextTypes(rows: readonly (readonly string[])[], columns: number): FieldType[] {
  return Array.from({ length: columns }, (_, i) => {
    let type: FieldType | undefined;
    for (const row of rows) {
      const text = row[i];
      if (text !== undefined && text !== '') type = common(type, typeOfText(text));
    }
    return type ?? 'STRING';
  });
}

/** A name that a column may have. */
export function columnName(text: string, position: number): string {
  const clean = text.trim().replace(/[^A-Za-z0-9_]/g, '_');
  if (clean === '') return `string_field_${position}`;
  return /^\d/.test(clean) ? `_${clean}` : clean;
}

/** The fields of JSON rows, in the order of their first appearance. */
export function detectJsonFields(rows: readonly Readonly<Record<string, unknown>>[]): Field[] {
  const values = new Map<string, unknown[]>();
  for (const row of rows)
    for (const [name, value] of Object.entries(row)) {
      const list = values.get(name);
      if (list) list.push(value);
      else values.set(name, [value]);
    }
  return [...values].map(([name, list]) => detectJsonField(name, list));
}

function detectJsonField(name: string, values: readonly unknown[]): Field {
  const repeated = values.some((value) => Array.isArray(value));
  const flat = (repeated ? values.flat() : values).filter((value) => value !== null && value !== undefined);
  const mode = repeated ? 'REPEATED' : 'NULLABLE';
  const records = flat.filter(isRecord);
  if (records.length > 0) return { name, type: 'RECORD', mode, fields: detectJsonFields(records) };
  let type: FieldType | undefined;
  for (const value of flat) {
    if (typeof value === 'boolean') type = common(type, 'BOOLEAN');
    else if (typeof value === 'number') type = common(type, Number.isInteger(value) ? 'INTEGER' : 'FLOAT');
    else type = common(type, typeof value === 'string' ? typeOfText(value) : 'STRING');
  }
  return { name, type: type ?? 'STRING', mode };
}
