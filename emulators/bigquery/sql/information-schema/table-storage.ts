// TABLE_STORAGE and `__TABLES__`: sizes of tables, counted when they are read.
import type { Dataset, Table } from '../../catalog.ts';
import { rowBytes } from '../../resources.ts';
import { quoteString } from '../../schema.ts';
import { storageName } from '../../storage.ts';
import { tablesOf, timestamp } from './view.ts';

/** `SELECT count(*)` of a stored table; views hold nothing. */
const rows = (table: Table) =>
  table.kind === 'TABLE' ? `(SELECT count(*) FROM ${storageName(table.ref)})` : 'CAST(0 AS BIGINT)';

function union(empty: string, selects: readonly string[]): string {
  return `(${[`${empty} WHERE false`, ...selects].join(' UNION ALL ')})`;
}

const TYPES = { TABLE: 1, VIEW: 2, MATERIALIZED_VIEW: 4 } as const;

export function tablesOfDataset(dataset: Dataset): string {
  const row = (values: readonly string[]) =>
    `SELECT ${['project_id', 'dataset_id', 'table_id', 'creation_time', 'last_modified_time', 'row_count', 'size_bytes', 'type'].map((name, i) => `${values[i]} AS ${name}`).join(', ')}`;
  const long = (value: number | string) => `CAST(${value} AS BIGINT)`;
  const selects = tablesOf([dataset]).map((table) =>
    row([
      quoteString(table.ref.projectId),
      quoteString(table.ref.datasetId),
      quoteString(table.ref.tableId),
      long(table.createdMs),
      long(table.modifiedMs),
      rows(table),
      long(`${rows(table)} * ${rowBytes(table.fields)}`),
      long(TYPES[table.kind]),
    ]),
  );
  return union(row(["''", "''", "''", ...Array<string>(5).fill(long(0))]), selects);
}

export function tableStorage(datasets: readonly Dataset[]): string {
  const columns = [
    'project_id',
    'project_number',
    'table_catalog',
    'table_schema',
    'table_name',
    'creation_time',
    'total_rows',
    'total_partitions',
    'total_logical_bytes',
    'active_logical_bytes',
    'long_term_logical_bytes',
    'total_physical_bytes',
    'active_physical_bytes',
    'long_term_physical_bytes',
    'time_travel_physical_bytes',
    'storage_last_modified_time',
    'deleted',
    'table_type',
  ];
  const row = (values: readonly string[]) =>
    `SELECT ${columns.map((name, i) => `${values[i]} AS ${name}`).join(', ')}`;
  const zero = 'CAST(0 AS BIGINT)';
  const selects = tablesOf(datasets)
    .filter((table) => table.kind === 'TABLE')
    .map((table) => {
      const project = quoteString(table.ref.projectId);
      const bytes = `CAST(${rows(table)} * ${rowBytes(table.fields)} AS BIGINT)`;
      const modified = `TIMESTAMPTZ '${timestamp(table.modifiedMs)}'`;
      const created = `TIMESTAMPTZ '${timestamp(table.createdMs)}'`;
      const name = [project, quoteString(table.ref.datasetId), quoteString(table.ref.tableId)];
      const sizes = [bytes, bytes, zero, bytes, bytes, zero, zero];
      return row([
        project,
        zero,
        ...name,
        created,
        rows(table),
        zero,
        ...sizes,
        modified,
        'false',
        "'BASE TABLE'",
      ]);
    });
  const epoch = "TIMESTAMPTZ 'epoch'";
  const empty = ["''", zero, "''", "''", "''", epoch, ...Array<string>(9).fill(zero), epoch, 'false', "''"];
  return union(row(empty), selects);
}
