// Deletes a table or view.
import type { Method } from '../context.ts';
import { tableRefOf } from '../request.ts';

export const tablesDelete: Method = {
  name: 'tables.delete',
  verb: 'DELETE',
  path: '/projects/{project}/datasets/{dataset}/tables/{table}',
  async handle({ catalog, storage }, request) {
    await storage.change(async (session) => {
      const table = catalog.getTable(tableRefOf(request));
      catalog.removeTable(table);
      if (table.kind === 'TABLE') await storage.dropTable(session, table.ref);
    });
    return { status: 204 };
  },
};
