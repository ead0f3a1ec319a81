// TABLES, VIEWS, MATERIALIZED_VIEWS.
import type { Table } from '../../catalog.ts';
import { isRecord } from '../../request.ts';
import { names, TABLE_COLUMNS, tablesOf, timestamp } from './view.ts';
import type { View } from './view.ts';
import { tableDdl } from './table-ddl.ts';

const TABLE_TYPES = { TABLE: 'BASE TABLE', VIEW: 'VIEW', MATERIALIZED_VIEW: 'MATERIALIZED VIEW' } as const;

export const TABLES: View = {
  columns: {
    ...TABLE_COLUMNS,
    table_type: 'VARCHAR',
    managed_table_type: 'VARCHAR',
    is_insertable_into: 'VARCHAR',
    is_fine_grained_mutations_enabled: 'VARCHAR',
    is_typed: 'VARCHAR',
    is_change_history_enabled: 'VARCHAR',
    creation_time: 'TIMESTAMPTZ',
    ddl: 'VARCHAR',
  },
  rows: (datasets) =>
    tablesOf(datasets).map((table) => [
      ...names(table),
      TABLE_TYPES[table.kind],
      table.kind === 'TABLE' ? 'NATIVE' : null,
      table.kind === 'TABLE' ? 'YES' : 'NO',
      'NO',
      'NO',
      'NO',
      timestamp(table.createdMs),
      tableDdl(table),
    ]),
};

/** The query of a view. */
function definition({ metadata }: Table): string | null {
  const view = metadata['view'] ?? metadata['materializedView'];
  return isRecord(view) ? String(view['query']) : null;
}

export const VIEWS: View = {
  columns: {
    ...TABLE_COLUMNS,
    view_definition: 'VARCHAR',
    check_option: 'VARCHAR',
    use_standard_sql: 'VARCHAR',
  },
  rows: (datasets) =>
    tablesOf(datasets)
      .filter((table) => table.kind !== 'TABLE')
      .map((table) => [...names(table), definition(table), null, 'YES']),
};

export const MATERIALIZED_VIEWS: View = {
  columns: { ...TABLE_COLUMNS, last_refresh_time: 'TIMESTAMPTZ', refresh_watermark: 'TIMESTAMPTZ' },
  rows: (datasets) =>
    tablesOf(datasets)
      .filter((table) => table.kind === 'MATERIALIZED_VIEW')
      .map((table) => [...names(table), timestamp(table.modifiedMs), null]),
};
