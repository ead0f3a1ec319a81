// Lists the tables and views of a dataset, by name.
import { etagOf, tableName } from '../catalog.ts';
import type { Table } from '../catalog.ts';
import type { Method } from '../context.ts';
import { datasetOf, isRecord, pageOf, pageRequest, projectOf } from '../request.ts';

export const tablesList: Method = {
  name: 'tables.list',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}/tables',
  handle({ catalog }, request) {
    const dataset = catalog.getDataset(projectOf(request), datasetOf(request));
    const tables = [...dataset.tables.values()].toSorted((a, b) => (a.ref.tableId < b.ref.tableId ? -1 : 1));
    const { items, nextPageToken } = pageOf(tables, pageRequest(request.query));
    return {
      body: {
        kind: 'bigquery#tableList',
        etag: etagOf(dataset.datasetId, tables.length),
        ...(nextPageToken ? { nextPageToken } : {}),
        ...(items.length > 0 ? { tables: items.map(listed) } : {}),
        totalItems: tables.length,
      },
    };
  },
};

function listed({ ref, kind, metadata, createdMs }: Table) {
  const { view } = metadata;
  const shown = [
    'labels',
    'friendlyName',
    'timePartitioning',
    'rangePartitioning',
    'clustering',
    'expirationTime',
  ];
  return {
    kind: 'bigquery#table',
    id: tableName(ref),
    tableReference: ref,
    type: kind,
    creationTime: String(createdMs),
    ...Object.fromEntries(
      shown.filter((key) => metadata[key] !== undefined).map((key) => [key, metadata[key]]),
    ),
    ...(isRecord(view) ? { view: { useLegacySql: view['useLegacySql'] ?? false } } : {}),
  };
}
