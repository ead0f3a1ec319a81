// bigquery-schemas/*.json as tests need it: the columns, and whether a cell fits one as insertAll takes it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description: string;
}

export interface TableSchema {
  readonly description: string;
  readonly timePartitioning: { readonly type: string; readonly field: string };
  readonly clustering: { readonly fields: string[] };
  readonly schema: { readonly fields: Column[] };
}

export function readTableSchema(table: string): TableSchema {
  const file = path.join(__dirname, '..', '..', 'bigquery-schemas', `${table}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as TableSchema;
}

const MICROS_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

function fitsType(type: string, cell: unknown): boolean {
  switch (type) {
    case 'STRING':
      return typeof cell === 'string';
    case 'INTEGER':
      return Number.isSafeInteger(cell);
    case 'FLOAT':
      return Number.isFinite(cell) || cell === 'NaN' || cell === 'Infinity' || cell === '-Infinity';
    case 'TIMESTAMP':
      return typeof cell === 'string' && MICROS_UTC.test(cell) && !Number.isNaN(Date.parse(cell));
    default:
      throw new Error(`No table has a column of type ${type} yet`);
  }
}

export function fits({ type, mode }: Column, cell: unknown): boolean {
  switch (mode) {
    case 'REPEATED':
      return Array.isArray(cell) && cell.every((element) => fitsType(type, element));
    case 'NULLABLE':
      return cell === null || cell === undefined || fitsType(type, cell);
    case 'REQUIRED':
      return fitsType(type, cell);
  }
}
