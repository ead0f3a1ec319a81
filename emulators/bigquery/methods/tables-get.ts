// Shows a table or view: metadata, schema, size, streaming buffer.
import type { Method } from '../context.ts';
import { tableRefOf } from '../request.ts';
import { tableReply } from '../table-reply.ts';

export const tablesGet: Method = {
  name: 'tables.get',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}/tables/{table}',
  handle: (context, request) =>
    tableReply(context, context.catalog.getTable(tableRefOf(request)), request.query.get('view')),
};
