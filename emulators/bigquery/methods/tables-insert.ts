// Creates an empty table, or a view with its query checked.
import { checkTableId } from '../catalog.ts';
import type { TableKind } from '../catalog.ts';
import type { Method } from '../context.ts';
import { alreadyExists, invalid, notImplemented } from '../errors.ts';
import { tableName } from '../catalog.ts';
import { datasetOf, isRecord, jsonBody, projectOf, recordOf, textOf } from '../request.ts';
import { normalizeFields } from '../schema.ts';
import { tableReply } from '../table-reply.ts';
import { viewFields } from '../view-fields.ts';

/** Of the resource, what the server sets itself. */
export const OUTPUT_ONLY = new Set([
  'kind',
  'etag',
  'id',
  'selfLink',
  'tableReference',
  'schema',
  'type',
  'creationTime',
  'lastModifiedTime',
  'numRows',
  'numBytes',
  'numLongTermBytes',
  'numTotalLogicalBytes',
  'numActiveLogicalBytes',
  'numLongTermLogicalBytes',
  'streamingBuffer',
  'location',
]);

export function settable(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !OUTPUT_ONLY.has(key)));
}

export const tablesInsert: Method = {
  name: 'tables.insert',
  verb: 'POST',
  path: '/projects/{project}/datasets/{dataset}/tables',
  async handle(context, request) {
    const { catalog, storage } = context;
    const body = jsonBody(request);
    const { tableId } = recordOf(body['tableReference']);
    if (typeof tableId !== 'string' || tableId === '')
      throw invalid('Required parameter is missing: tableId');
    checkTableId(tableId);
    if (body['externalDataConfiguration'] !== undefined) throw notImplemented('External tables');
    if (body['snapshotDefinition'] !== undefined) throw notImplemented('Table snapshots');
    const ref = { projectId: projectOf(request), datasetId: datasetOf(request), tableId };
    catalog.getDataset(ref.projectId, ref.datasetId);
    if (catalog.findTable(ref)) throw alreadyExists(`Table ${tableName(ref)}`);

    const view = body['view'] ?? body['materializedView'];
    if (isRecord(view)) {
      if (view['useLegacySql'] === true) throw notImplemented('Views in legacy SQL');
      const fields = await viewFields(context, ref.projectId, textOf(view['query']) ?? '');
      const kind: TableKind = body['view'] === undefined ? 'MATERIALIZED_VIEW' : 'VIEW';
      const table = await storage.change(async () => catalog.addTable(ref, kind, fields, settable(body)));
      return tableReply(context, table);
    }
    const fields = normalizeFields(recordOf(body['schema'])['fields']);
    checkPartitioning(body, fields);
    const table = await storage.change(async (session) => {
      // Again, now that nobody else is at it: another request may have made the table meanwhile.
      if (catalog.findTable(ref)) throw alreadyExists(`Table ${tableName(ref)}`);
      await storage.createTable(session, ref, fields);
      return catalog.addTable(ref, 'TABLE', fields, withDefaults(settable(body)));
    });
    return tableReply(context, table);
  },
};

function withDefaults(metadata: Record<string, unknown>): Record<string, unknown> {
  const { timePartitioning } = metadata;
  return isRecord(timePartitioning) && timePartitioning['type'] === undefined
    ? { ...metadata, timePartitioning: { type: 'DAY', ...timePartitioning } }
    : metadata;
}

function checkPartitioning(
  body: Readonly<Record<string, unknown>>,
  fields: readonly { readonly name: string }[],
): void {
  const { field } = recordOf(body['timePartitioning']);
  if (typeof field === 'string' && !fields.some(({ name }) => name === field))
    throw invalid('The field specified for partitioning cannot be found in the schema.');
  const clustering = recordOf(body['clustering'])['fields'];
  for (const name of Array.isArray(clustering) ? clustering : [])
    if (!fields.some((candidate) => candidate.name === name))
      throw invalid(
        `The field specified for clustering cannot be found in the schema. Invalid field: ${String(name)}.`,
      );
}
