// INFORMATION_SCHEMA.PARTITIONS, counted when it is read.
import type { Dataset } from '../catalog.ts';
import { rowBytes } from '../resources.ts';
import { quoteIdentifier, quoteString } from '../schema.ts';
import { storageName } from '../storage.ts';
import { timePartitions } from './partitions.ts';

const IDS = { HOUR: '%Y%m%d%H', DAY: '%Y%m%d', MONTH: '%Y%m', YEAR: '%Y' } as const;

export function partitionsView(datasets: readonly Dataset[]): string {
  const tables = datasets
    .flatMap((dataset) => [...dataset.tables.values()])
    .filter((t) => t.kind === 'TABLE');
  const parts = tables.map((table) => {
    const { projectId, datasetId, tableId } = table.ref;
    const partitions = timePartitions(table);
    const id = partitions
      ? `COALESCE(strftime(CAST(${quoteIdentifier(partitions.field)} AS TIMESTAMP), '${IDS[partitions.unit]}'), '__NULL__')`
      : 'CAST(NULL AS VARCHAR)';
    const bytes = `CAST(count(*) * ${rowBytes(table.fields)} AS BIGINT)`;
    return `SELECT ${quoteString(projectId)} AS table_catalog, ${quoteString(datasetId)} AS table_schema,
      ${quoteString(tableId)} AS table_name, ${id} AS partition_id, count(*) AS total_rows,
      ${bytes} AS total_logical_bytes, ${bytes} AS total_billable_bytes,
      TIMESTAMPTZ '${new Date(table.modifiedMs).toISOString()}' AS last_modified_time, 'ACTIVE' AS storage_tier
      FROM ${storageName(table.ref)} ${partitions ? `GROUP BY ${id}` : ''}`;
  });
  const empty = `SELECT '' AS table_catalog, '' AS table_schema, '' AS table_name, '' AS partition_id,
    CAST(0 AS BIGINT) AS total_rows, CAST(0 AS BIGINT) AS total_logical_bytes, CAST(0 AS BIGINT) AS total_billable_bytes,
    TIMESTAMPTZ 'epoch' AS last_modified_time, '' AS storage_tier WHERE false`;
  return `(${[empty, ...parts].join(' UNION ALL ')})`;
}
