// Changes the metadata, schema or view query of a table.
import type { Table } from '../catalog.ts';
import { checkEtag, tableName } from '../catalog.ts';
import type { Context } from '../context.ts';
import { isRecord, jsonBody, tableRefOf } from '../request.ts';
import { tableEtag } from '../resources.ts';
import { normalizeFields } from '../schema.ts';
import type { Field } from '../schema.ts';
import { mergedFields, schemaChanges } from '../schema-change.ts';
import { storageName } from '../storage.ts';
import { settable, tableMetadata } from '../table-metadata.ts';
import { tableReply } from '../table-reply.ts';
import { viewFields } from '../view-fields.ts';
import { changeMethods } from './change-methods.ts';

export const tablesChange = changeMethods(
  'tables',
  '/projects/{project}/datasets/{dataset}/tables/{table}',
  async (context, request, apply) => {
    const { catalog, storage } = context;
    const body = jsonBody(request);
    const table = catalog.getTable(tableRefOf(request));
    checkEtag(body['etag'] ?? request.headers['if-match'], tableEtag(table));
    const given = settable(body);
    const fields = await newFields(context, table, body);
    const merged =
      fields && table.kind === 'TABLE' ? mergedFields(table.fields, fields) : (fields ?? table.fields);
    const metadata = tableMetadata(apply(table.metadata, given), given, merged);
    await storage.change(async (session) => {
      if (fields && table.kind === 'TABLE') {
        if (table.fields.length === 0) await storage.createTable(session, table.ref, fields);
        else
          for (const action of schemaChanges(tableName(table.ref), table.fields, fields))
            await session.run(`ALTER TABLE ${storageName(table.ref)} ${action}`);
      }
      table.metadata = metadata;
      table.fields = merged;
      catalog.touch(table);
    });
    return tableReply(context, table);
  },
);

async function newFields(
  context: Context,
  table: Table,
  { schema, view }: Readonly<Record<string, unknown>>,
): Promise<readonly Field[] | undefined> {
  if (table.kind === 'VIEW' && isRecord(view) && typeof view['query'] === 'string')
    return viewFields(context, table.ref.projectId, view['query']);
  return isRecord(schema) && schema['fields'] !== undefined ? normalizeFields(schema['fields']) : undefined;
}
