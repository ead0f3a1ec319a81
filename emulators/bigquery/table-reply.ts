// A table as the answer of the methods that return one, with its size unless the `view` is BASIC.
import type { HttpReply } from '../shared/http.ts';
import type { Table } from './catalog.ts';
import type { Context } from './context.ts';
import { tableResource, tableStatistics } from './resources.ts';

export async function tableReply(
  { catalog, storage, streaming, origin }: Context,
  table: Table,
  view?: string | null,
): Promise<HttpReply> {
  const location = catalog.findDataset(table.ref.projectId, table.ref.datasetId)?.metadata['location'];
  const resource = tableResource(table, origin(), location);
  if (view === 'BASIC') return { body: resource };
  const size = { rows: await storage.countRows(table), buffered: streaming.info(table) };
  return { body: { ...resource, ...tableStatistics(table, size) } };
}
