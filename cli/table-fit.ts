// Whether a cell fits a column as insertAll takes it.
import { isPlainObject } from '../functions/pipelines/fields.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description: string;
  /** Of a record. */
  readonly fields?: Column[];
}

const MICROS_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

function fitsType({ type, fields = [] }: Column, cell: unknown): boolean {
  switch (type) {
    case 'RECORD':
    case 'STRUCT':
      return isPlainObject(cell) && fitsRecord(fields, cell);
    case 'BOOLEAN':
    case 'BOOL':
      return typeof cell === 'boolean';
    case 'STRING':
      return typeof cell === 'string';
    case 'INTEGER':
    case 'INT64':
      return Number.isSafeInteger(cell);
    case 'FLOAT':
    case 'FLOAT64':
      return Number.isFinite(cell) || cell === 'NaN' || cell === 'Infinity' || cell === '-Infinity';
    case 'TIMESTAMP':
      return typeof cell === 'string' && MICROS_UTC.test(cell) && !Number.isNaN(Date.parse(cell));
    default:
      return true; // a type that no schema here has: BigQuery says
  }
}

function fitsRecord(fields: readonly Column[], cell: Record<string, unknown>): boolean {
  const names = new Set(fields.map(({ name }) => name));
  return (
    Object.keys(cell).every((name) => names.has(name)) &&
    fields.every((field) => fits(field, cell[field.name]))
  );
}

export function fits(column: Column, cell: unknown): boolean {
  switch (column.mode) {
    case 'REPEATED':
      return Array.isArray(cell) && cell.every((element) => fitsType(column, element));
    case 'NULLABLE':
      return cell === null || cell === undefined || fitsType(column, cell);
    case 'REQUIRED':
      return fitsType(column, cell);
  }
}
