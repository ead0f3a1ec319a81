// A table as the answer of the methods that return one, with its size.
import type { HttpReply } from '../shared/http.ts';
import type { Table } from './catalog.ts';
import type { Context } from './context.ts';
import { tableResource } from './resources.ts';

export async function tableReply(context: Context, table: Table): Promise<HttpReply> {
  const { catalog, storage, streaming, origin } = context;
  const size = { rows: await storage.countRows(table), buffered: streaming.info(table) };
  const location = catalog.findDataset(table.ref.projectId, table.ref.datasetId)?.metadata['location'];
  return { body: tableResource(table, origin(), size, location) };
}
