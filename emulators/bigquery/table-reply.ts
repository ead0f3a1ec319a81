// A table as the answer of the methods that return one, with its size unless the `view` is BASIC.
import type { HttpReply } from '../shared/http.ts';
import type { Table } from './catalog.ts';
import type { Context } from './context.ts';
import { rowsOf } from './partition.ts';
import type { Partition } from './partition.ts';
import { tableResource, tableStatistics } from './resources.ts';

interface Shown {
  readonly view?: string | null;
  readonly partition?: Partition | undefined;
}

export async function tableReply(
  { catalog, storage, streaming, origin }: Context,
  table: Table,
  { view, partition }: Shown = {},
): Promise<HttpReply> {
  const location = catalog.findDataset(table.ref.projectId, table.ref.datasetId)?.metadata['location'];
  const resource = tableResource(table, origin(), location);
  if (view === 'BASIC') return { body: resource };
  if (!partition) {
    const size = { rows: await storage.countRows(table), buffered: streaming.info(table) };
    return { body: { ...resource, ...tableStatistics(table, size) } };
  }
  const { rows } = await storage.use((session) =>
    session.run(`SELECT count(*) FROM ${rowsOf({ table, partition })}`),
  );
  const size = { rows: Number(rows[0]![0]), buffered: undefined };
  const ref = { ...table.ref, tableId: `${table.ref.tableId}$${partition.id}` };
  return { body: { ...resource, ...tableStatistics(table, size), tableReference: ref } };
}
