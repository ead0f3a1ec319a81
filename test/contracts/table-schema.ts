// bigquery-schemas/*.json as tests need it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Column } from '../../cli/table-fit.ts';

export { fits, type Column } from '../../cli/table-fit.ts';

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
