// ALTER SCHEMA, TABLE and VIEW.
import { tableName } from '../../catalog.ts';
import { invalid, notFound } from '../../errors.ts';
import type { Alter } from '../../sql/ddl/types.ts';
import { refOf } from '../../sql/resolve-table.ts';
import { alterTable } from './alter-table.ts';
import { datasetRef } from './dataset-ref.ts';
import { optionMetadata, withOptions } from './option-metadata.ts';
import type { Context } from '../../context.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';

export async function alter(
  { catalog, storage }: Context,
  environment: Environment,
  ddl: Alter,
  dryRun: boolean,
): Promise<Outcome> {
  const statementType = `ALTER_${ddl.what}`;
  if (ddl.what === 'SCHEMA') {
    const target = datasetRef(ddl.path, environment);
    const dataset = catalog.getDataset(target.projectId, target.datasetId);
    if (!dryRun)
      await storage.change(async () => {
        for (const action of ddl.actions)
          if (action.kind === 'setOptions')
            dataset.metadata = withOptions(dataset.metadata, optionMetadata(action.options));
          else if (action.kind === 'setCollation')
            dataset.metadata = withOptions(dataset.metadata, { defaultCollation: action.collation });
        catalog.touch(dataset);
      });
    return { statementType, ddl: { operation: 'ALTER', target } };
  }
  const ref = refOf(ddl.path, environment);
  const table = catalog.findTable(ref);
  if (table && table.kind === 'TABLE' && ddl.what === 'VIEW')
    throw invalid(`${tableName(ref)} is not allowed for this operation because it is currently a TABLE.`);
  if (!table) {
    if (ddl.ifExists) return { statementType, ddl: { operation: 'SKIP', target: ref } };
    throw notFound(`Table ${tableName(ref)}`);
  }
  if (!dryRun)
    await storage.change(async (session) => {
      for (const action of ddl.actions)
        await alterTable({ session, environment, catalog, storage }, table, action);
      catalog.touch(table);
    });
  return { statementType, ddl: { operation: 'ALTER', target: ref } };
}
