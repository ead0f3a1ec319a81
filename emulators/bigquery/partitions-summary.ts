// `table$__PARTITIONS_SUMMARY__`: the partitions of a table as the rows of another, which is only read.
import { tableName } from './catalog.ts';
import type { Catalog, Table, TableRef } from './catalog.ts';
import { notFound } from './errors.ts';
import { getTarget, partitioning, partitionIdSql, rowsOf, splitDecorator } from './partition.ts';
import { quoteString } from './schema.ts';
import type { Field } from './schema.ts';
import { storageName } from './storage.ts';

/** What can be read: the fields, and what stands after FROM in DuckDB's SQL. */
export interface Source {
  readonly table: Table;
  readonly sql: string;
}

const SUMMARY = '__PARTITIONS_SUMMARY__';

const FIELDS: readonly Field[] = [
  { name: 'project_id', type: 'STRING' },
  { name: 'dataset_id', type: 'STRING' },
  { name: 'table_id', type: 'STRING' },
  { name: 'partition_id', type: 'STRING' },
  { name: 'creation_time', type: 'INTEGER' },
  { name: 'last_modified_time', type: 'INTEGER' },
];

/** A table, one of its partitions, or their summary. */
export function readable(catalog: Catalog, named: TableRef): Source {
  const summary = partitionsSummary(catalog, named);
  if (summary) return summary;
  const target = getTarget(catalog, named);
  return { table: target.table, sql: rowsOf(target) };
}

/** Undefined for other tables. */
export function partitionsSummary(catalog: Catalog, named: TableRef): Source | undefined {
  const { ref, id } = splitDecorator(named);
  if (id !== SUMMARY) return undefined;
  const table = catalog.getTable(ref);
  const parts = partitioning(table);
  if (!parts) throw notFound(`Table ${tableName(named)}`);
  const texts = [ref.projectId, ref.datasetId, ref.tableId].map(quoteString);
  const columns = [...texts, partitionIdSql(parts), String(table.createdMs), String(table.modifiedMs)];
  const selected = columns.map((column, i) => `${column} AS ${FIELDS[i]!.name}`).join(', ');
  return {
    table: { ...table, ref: named, fields: FIELDS, metadata: {} },
    sql: `(SELECT DISTINCT ${selected} FROM ${storageName(table.ref)} ORDER BY partition_id)`,
  };
}
