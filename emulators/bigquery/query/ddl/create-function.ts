// CREATE and DROP of functions and procedures. A function is checked when it is called.
import type { Routine } from '../../catalog.ts';
import type { Context } from '../../context.ts';
import { alreadyExists, notFound } from '../../errors.ts';
import { refOf } from '../../sql/resolve-table.ts';
import type { CreateFunction, Drop } from '../../sql/ddl/types.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';

export async function createFunction(
  { catalog, storage, clock }: Context,
  environment: Environment,
  ddl: CreateFunction,
  dryRun: boolean,
): Promise<Outcome> {
  const statementType = `CREATE_${ddl.routine}`;
  const name = ddl.path.at(-1)!;
  const { parameters, returns, body } = ddl;
  const routine: Routine = {
    name,
    ...(ddl.routine === 'PROCEDURE' ? { kind: 'PROCEDURE' } : {}),
    parameters,
    returns,
    body,
    createdMs: clock.now(),
  };
  if (ddl.temporary) {
    environment.functions.set(name.toLowerCase(), routine);
    return { statementType };
  }
  const ref = refOf(ddl.path, environment);
  const { routines } = catalog.getDataset(ref.projectId, ref.datasetId);
  const exists = routines.has(name);
  if (exists && !ddl.ifNotExists && !ddl.orReplace)
    throw alreadyExists(`Routine ${ref.projectId}:${ref.datasetId}.${name}`);
  if (!dryRun && !(exists && ddl.ifNotExists)) await storage.change(async () => routines.set(name, routine));
  return { statementType };
}

export async function dropFunction(
  { catalog, storage }: Context,
  environment: Environment,
  ddl: Drop,
  dryRun: boolean,
): Promise<Outcome> {
  const { projectId, datasetId, tableId } = refOf(ddl.path, environment);
  const routines = catalog.findDataset(projectId, datasetId)?.routines;
  if (!routines?.has(tableId) && !ddl.ifExists)
    throw notFound(`Routine ${projectId}:${datasetId}.${tableId}`);
  if (!dryRun) await storage.change(async () => routines?.delete(tableId));
  return { statementType: `DROP_${ddl.what}` };
}
