// Shows a table or view: metadata, schema, size, streaming buffer. Of a partition it shows the table, with
// the rows of the partition counted.
import type { TableRef } from '../catalog.ts';
import type { Context, Method } from '../context.ts';
import type { QueryResult } from '../jobs.ts';
import { getTarget } from '../partition.ts';
import { partitionsSummary } from '../partitions-summary.ts';
import { tableRefOf } from '../request.ts';
import { tableResource, tableStatistics } from '../resources.ts';
import { tableReply } from '../table-reply.ts';

export const tablesGet: Method = {
  name: 'tables.get',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}/tables/{table}',
  handle(context, request) {
    const ref = tableRefOf(request);
    const result = context.jobs.resultOf(ref);
    if (result) return { body: resultTable(context, ref, result) };
    const summary = partitionsSummary(context.catalog, tableRefOf(request));
    if (summary) return tableReply(context, summary.table, { view: 'BASIC' });
    const { table, partition } = getTarget(context.catalog, ref);
    return tableReply(context, table, { view: request.query.get('view'), partition });
  },
};

/** The temporary table of a query's result, whose rows dbt counts. */
function resultTable({ origin, clock }: Context, ref: TableRef, { fields, rows }: QueryResult) {
  const now = clock.now();
  const table = {
    ref,
    kind: 'TABLE',
    fields,
    metadata: {},
    createdMs: now,
    modifiedMs: now,
    version: 1,
  } as const;
  return {
    ...tableResource(table, origin(), undefined),
    ...tableStatistics(table, { rows: rows.length, buffered: undefined }),
  };
}
