// Whether a cell fits a column as insertAll takes it.

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description: string;
}

const MICROS_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

function fitsType(type: string, cell: unknown): boolean {
  switch (type) {
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
