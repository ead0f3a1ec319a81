// Shows a table or view: metadata, schema, size, streaming buffer. Of a partition it shows the table, with
// the rows of the partition counted.
import type { Method } from '../context.ts';
import { getTarget } from '../partition.ts';
import { tableRefOf } from '../request.ts';
import { tableReply } from '../table-reply.ts';

export const tablesGet: Method = {
  name: 'tables.get',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}/tables/{table}',
  handle(context, request) {
    const { table, partition } = getTarget(context.catalog, tableRefOf(request));
    return tableReply(context, table, { view: request.query.get('view'), partition });
  },
};
