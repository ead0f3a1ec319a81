// DROP TABLE, VIEW and SCHEMA, and the end of temporary tables.
import { datasetName, tableName } from '../../catalog.ts';
import { ApiError, invalid, notFound } from '../../errors.ts';
import type { Drop } from '../../sql/ddl/types.ts';
import { refOf } from '../../sql/resolve-table.ts';
import { datasetRef } from './dataset-ref.ts';
import type { Context } from '../../context.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';

export async function drop(
  context: Context,
  environment: Environment,
  ddl: Drop,
  dryRun: boolean,
): Promise<Outcome> {
  const { catalog, storage } = context;
  const statementType = `DROP_${ddl.what.replace(' ', '_')}`;
  if (ddl.what === 'SCHEMA') return dropSchema(context, environment, ddl, dryRun);
  const temporary = environment.temporary.get(ddl.path.at(-1)!);
  const ref = temporary?.ref ?? refOf(ddl.path, environment);
  const table = temporary ?? catalog.findTable(ref);
  if (!table) {
    if (ddl.ifExists) return { statementType, ddl: { operation: 'SKIP', target: ref } };
    throw notFound(`Table ${tableName(ref)}`);
  }
  if (table.kind !== ddl.what.replace(' ', '_'))
    throw invalid(
      `${tableName(ref)} is not allowed for this operation because it is currently a ${table.kind}.`,
    );
  if (!dryRun)
    await storage.change(async (session) => {
      if (temporary) environment.temporary.delete(ddl.path.at(-1)!);
      else catalog.removeTable(table);
      if (table.kind === 'TABLE') await storage.dropTable(session, ref);
    });
  return { statementType, ddl: { operation: 'DROP', target: ref } };
}

async function dropSchema(
  { catalog, storage }: Context,
  environment: Environment,
  ddl: Drop,
  dryRun: boolean,
): Promise<Outcome> {
  const target = datasetRef(ddl.path, environment);
  const dataset = catalog.findDataset(target.projectId, target.datasetId);
  const statementType = 'DROP_SCHEMA';
  const name = datasetName(target.projectId, target.datasetId);
  if (!dataset) {
    if (ddl.ifExists) return { statementType, ddl: { operation: 'SKIP', target } };
    throw notFound(`Dataset ${name}`);
  }
  if (dataset.tables.size > 0 && !ddl.cascade)
    throw new ApiError(400, 'resourceInUse', `Dataset ${name} is still in use`);
  if (!dryRun)
    await storage.change(async (session) => {
      catalog.removeDataset(dataset);
      await storage.dropSchema(session, target.projectId, target.datasetId);
    });
  return { statementType, ddl: { operation: 'DROP', target } };
}

export async function dropTemporary({ storage }: Context, environment: Environment): Promise<void> {
  if (environment.temporary.size === 0) return;
  await storage.use(async (session) => {
    for (const { ref } of environment.temporary.values()) await storage.dropTable(session, ref);
  });
}
