// TABLE_OPTIONS: the options of tables as DDL would write them.
import type { Table } from '../../catalog.ts';
import { isRecord } from '../../request.ts';
import { names, TABLE_COLUMNS, tablesOf, timestamp } from './view.ts';
import type { View } from './view.ts';

/** The options of a table that DDL would write, as GoogleSQL literals with their types. */
export function tableOptions(table: Table): readonly (readonly [string, string, string])[] {
  const { metadata } = table;
  const options: [string, string, string][] = [];
  const text = (value: unknown) => JSON.stringify(String(value));
  if (metadata['description'] !== undefined)
    options.push(['description', 'STRING', text(metadata['description'])]);
  if (metadata['friendlyName'] !== undefined)
    options.push(['friendly_name', 'STRING', text(metadata['friendlyName'])]);
  if (isRecord(metadata['labels']) && Object.keys(metadata['labels']).length > 0) {
    const labels = Object.entries(metadata['labels']).map(([k, v]) => `STRUCT(${text(k)}, ${text(v)})`);
    options.push(['labels', 'ARRAY<STRUCT<STRING, STRING>>', `[${labels.join(', ')}]`]);
  }
  if (metadata['requirePartitionFilter'] !== undefined)
    options.push([
      'require_partition_filter',
      'BOOL',
      metadata['requirePartitionFilter'] === true ? 'true' : 'false',
    ]);
  if (metadata['expirationTime'] !== undefined)
    options.push([
      'expiration_timestamp',
      'TIMESTAMP',
      `TIMESTAMP ${text(timestamp(Number(metadata['expirationTime'])))}`,
    ]);
  const partitioning = metadata['timePartitioning'];
  if (isRecord(partitioning) && partitioning['expirationMs'] !== undefined)
    options.push([
      'partition_expiration_days',
      'FLOAT64',
      String(Number(partitioning['expirationMs']) / 86_400_000),
    ]);
  return options.toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
}

export const TABLE_OPTIONS: View = {
  columns: { ...TABLE_COLUMNS, option_name: 'VARCHAR', option_type: 'VARCHAR', option_value: 'VARCHAR' },
  rows: (datasets) =>
    tablesOf(datasets).flatMap((table) => tableOptions(table).map((option) => [...names(table), ...option])),
};
