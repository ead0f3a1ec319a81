// INFORMATION_SCHEMA.PARTITIONS, counted when it is read.
import type { Dataset } from '../../catalog.ts';
import { partitioning, partitionIdSql } from '../../partition.ts';
import { rowBytes } from '../../resources.ts';
import { quoteString } from '../../schema.ts';
import { storageName } from '../../storage.ts';

export function partitionsView(datasets: readonly Dataset[]): string {
  const tables = datasets
    .flatMap((dataset) => [...dataset.tables.values()])
    .filter((t) => t.kind === 'TABLE');
  const selects = tables.map((table) => {
    const { projectId, datasetId, tableId } = table.ref;
    const parts = partitioning(table);
    const id = parts ? partitionIdSql(parts) : 'CAST(NULL AS VARCHAR)';
    const bytes = `CAST(count(*) * ${rowBytes(table.fields)} AS BIGINT)`;
    return `SELECT ${quoteString(projectId)} AS table_catalog, ${quoteString(datasetId)} AS table_schema,
      ${quoteString(tableId)} AS table_name, ${id} AS partition_id, count(*) AS total_rows,
      ${bytes} AS total_logical_bytes, ${bytes} AS total_billable_bytes,
      TIMESTAMPTZ '${new Date(table.modifiedMs).toISOString()}' AS last_modified_time, 'ACTIVE' AS storage_tier
      FROM ${storageName(table.ref)} ${parts ? `GROUP BY ${id}` : ''}`;
  });
  const empty = `SELECT '' AS table_catalog, '' AS table_schema, '' AS table_name, '' AS partition_id,
    CAST(0 AS BIGINT) AS total_rows, CAST(0 AS BIGINT) AS total_logical_bytes, CAST(0 AS BIGINT) AS total_billable_bytes,
    TIMESTAMPTZ 'epoch' AS last_modified_time, '' AS storage_tier WHERE false`;
  return `(${[empty, ...selects].join(' UNION ALL ')})`;
}
