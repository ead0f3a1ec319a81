// Creates an empty table, or a view with its query checked.
import { checkTableId, tableName } from '../catalog.ts';
import type { TableKind } from '../catalog.ts';
import type { Method } from '../context.ts';
import { alreadyExists, invalid, notImplemented } from '../errors.ts';
import { datasetOf, isRecord, jsonBody, projectOf, recordOf, textOf, withoutNulls } from '../request.ts';
import { isLegacySql } from '../legacy-sql.ts';
import { normalizeFields, withCollation } from '../schema.ts';
import { settable, tableMetadata } from '../table-metadata.ts';
import { tableReply } from '../table-reply.ts';
import { viewFields } from '../view-fields.ts';

export const tablesInsert: Method = {
  name: 'tables.insert',
  verb: 'POST',
  path: '/projects/{project}/datasets/{dataset}/tables',
  async handle(context, request) {
    const { catalog, storage } = context;
    const body = withoutNulls(jsonBody(request));
    const { tableId } = recordOf(body['tableReference']);
    if (typeof tableId !== 'string' || tableId === '')
      throw invalid('Required parameter is missing: tableId');
    checkTableId(tableId);
    if (body['externalDataConfiguration'] !== undefined) throw notImplemented('External tables');
    if (body['snapshotDefinition'] !== undefined) throw notImplemented('Table snapshots');
    const ref = { projectId: projectOf(request), datasetId: datasetOf(request), tableId };
    const dataset = catalog.getDataset(ref.projectId, ref.datasetId);
    if (catalog.findTable(ref)) throw alreadyExists(`Table ${tableName(ref)}`);

    const given = settable(body);
    const view = body['view'] ?? body['materializedView'];
    if (isRecord(view)) {
      if (isLegacySql(view)) throw notImplemented('Legacy SQL');
      const fields = await viewFields(context, ref.projectId, textOf(view['query']) ?? '');
      const kind: TableKind = body['view'] === undefined ? 'MATERIALIZED_VIEW' : 'VIEW';
      const table = await storage.change(async () => catalog.addTable(ref, kind, fields, given));
      return tableReply(context, table);
    }
    const collation = body['defaultCollation'] ?? dataset.metadata['defaultCollation'];
    const fields = withCollation(normalizeFields(recordOf(body['schema'])['fields']), collation);
    const metadata = tableMetadata(given, given, fields);
    const table = await storage.change(async (session) => {
      // Again, now that nobody else is at it: another request may have made the table meanwhile.
      if (catalog.findTable(ref)) throw alreadyExists(`Table ${tableName(ref)}`);
      await storage.createTable(session, ref, fields);
      return catalog.addTable(ref, 'TABLE', fields, metadata);
    });
    return tableReply(context, table);
  },
};
