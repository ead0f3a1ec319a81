// Changes the metadata, schema or view query of a table: PATCH merges, PUT replaces.
import type { HttpReply, HttpRequest } from '../../shared/http.ts';
import type { Metadata, Table } from '../catalog.ts';
import { checkEtag, tableName } from '../catalog.ts';
import type { Context, Method } from '../context.ts';
import { mergeMetadata } from '../merge-metadata.ts';
import { isRecord, jsonBody, tableRefOf } from '../request.ts';
import { tableEtag } from '../resources.ts';
import { normalizeFields } from '../schema.ts';
import type { Field } from '../schema.ts';
import { mergedFields, schemaChanges } from '../schema-change.ts';
import { storageName } from '../storage.ts';
import { tableReply } from '../table-reply.ts';
import { viewFields } from '../view-fields.ts';
import { settable } from './tables-insert.ts';

const path = '/projects/{project}/datasets/{dataset}/tables/{table}';

async function change(
  context: Context,
  request: HttpRequest,
  apply: (old: Metadata, given: Metadata) => Metadata,
): Promise<HttpReply> {
  const { catalog, storage } = context;
  const body = jsonBody(request);
  const table = catalog.getTable(tableRefOf(request));
  checkEtag(body['etag'] ?? request.headers['if-match'], tableEtag(table));
  const metadata = apply(table.metadata, settable(body));
  const fields = await newFields(context, table, body);
  await storage.change(async (session) => {
    if (fields && table.kind === 'TABLE') {
      if (table.fields.length === 0) await storage.createTable(session, table.ref, fields);
      else
        for (const action of schemaChanges(tableName(table.ref), table.fields, fields))
          await session.run(`ALTER TABLE ${storageName(table.ref)} ${action}`);
    }
    table.metadata = metadata;
    if (fields) table.fields = table.kind === 'TABLE' ? mergedFields(table.fields, fields) : fields;
    catalog.touch(table);
  });
  return tableReply(context, table);
}

async function newFields(
  context: Context,
  table: Table,
  { schema, view }: Readonly<Record<string, unknown>>,
): Promise<readonly Field[] | undefined> {
  if (table.kind === 'VIEW' && isRecord(view) && typeof view['query'] === 'string')
    return viewFields(context, table.ref.projectId, view['query']);
  return isRecord(schema) && schema['fields'] !== undefined ? normalizeFields(schema['fields']) : undefined;
}

export const tablesPatch: Method = {
  name: 'tables.patch',
  verb: 'PATCH',
  path,
  handle: (context, request) => change(context, request, mergeMetadata),
};

export const tablesUpdate: Method = {
  name: 'tables.update',
  verb: 'PUT',
  path,
  handle: (context, request) => change(context, request, (_, given) => mergeMetadata({}, given)),
};
