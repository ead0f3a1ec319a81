// CREATE SCHEMA.
import type { Context } from '../../context.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';
import type { CreateSchema } from '../../sql/ddl/types.ts';
import { datasetRef } from './dataset-ref.ts';
import { optionMetadata, withOptions } from './option-metadata.ts';

export async function createSchema(
  { catalog, storage }: Context,
  environment: Environment,
  ddl: CreateSchema,
  dryRun: boolean,
): Promise<Outcome> {
  const target = datasetRef(ddl.path, environment);
  const exists = catalog.findDataset(target.projectId, target.datasetId) !== undefined;
  const statementType = 'CREATE_SCHEMA';
  if (exists && ddl.ifNotExists) return { statementType, ddl: { operation: 'SKIP', target } };
  if (!dryRun)
    await storage.change(async (session) => {
      catalog.addDataset(
        target.projectId,
        target.datasetId,
        withOptions(collation(ddl.collation), optionMetadata(ddl.options)),
      );
      await storage.createSchema(session, target.projectId, target.datasetId);
    });
  return { statementType, ddl: { operation: 'CREATE', target } };
}

const collation = (name: string | undefined) => (name === undefined ? {} : { defaultCollation: name });
