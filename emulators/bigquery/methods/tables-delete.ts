// Deletes a table or view, or the rows of one partition.
import type { Method } from '../context.ts';
import { getTarget, rowsOf } from '../partition.ts';
import { tableRefOf } from '../request.ts';

export const tablesDelete: Method = {
  name: 'tables.delete',
  verb: 'DELETE',
  path: '/projects/{project}/datasets/{dataset}/tables/{table}',
  async handle({ catalog, storage }, request) {
    await storage.change(async (session) => {
      const target = getTarget(catalog, tableRefOf(request));
      const { table, partition } = target;
      if (partition) {
        await session.run(`DELETE FROM ${rowsOf(target)}`);
        return catalog.touch(table);
      }
      catalog.removeTable(table);
      if (table.kind === 'TABLE') await storage.dropTable(session, table.ref);
    });
    return { status: 204 };
  },
};
