// TRUNCATE TABLE.
import { refOf } from '../../sql/resolve-table.ts';
import { storageName } from '../../storage.ts';
import { refuseStreamed } from '../guard-streamed.ts';
import type { Context } from '../../context.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';

export async function truncate(
  context: Context,
  environment: Environment,
  path: readonly string[],
  dryRun: boolean,
): Promise<Outcome> {
  const { catalog, storage } = context;
  const table = environment.temporary.get(path.at(-1)!) ?? catalog.getTable(refOf(path, environment));
  refuseStreamed(context, table);
  if (dryRun) return { statementType: 'TRUNCATE_TABLE' };
  const changed = await storage.use(
    async (session) => (await session.run(`DELETE FROM ${storageName(table.ref)}`)).changed,
  );
  catalog.touch(table);
  return { statementType: 'TRUNCATE_TABLE', dml: { deletedRowCount: changed } };
}
