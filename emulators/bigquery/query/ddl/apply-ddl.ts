// Carries out DDL: the catalog and the stored tables change together, or not at all. One statement a file.
import { parseDdl } from '../../sql/ddl/parse.ts';
import { alter } from './alter.ts';
import { createFunction, dropFunction } from './create-function.ts';
import { createSchema } from './create-schema.ts';
import { createTable } from './create-table.ts';
import { createView } from './create-view.ts';
import { drop } from './drop.ts';
import { truncate } from './truncate.ts';
import type { Context } from '../../context.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';

export async function applyDdl(
  context: Context,
  environment: Environment,
  sql: string,
  dryRun: boolean,
): Promise<Outcome> {
  const ddl = parseDdl(sql);
  switch (ddl.kind) {
    case 'createSchema':
      return createSchema(context, environment, ddl, dryRun);
    case 'createTable':
      return createTable(context, environment, ddl, dryRun);
    case 'createFunction':
      return createFunction(context, environment, ddl, dryRun);
    case 'createView':
      return createView(context, environment, ddl, dryRun);
    case 'drop':
      if (ddl.what === 'FUNCTION' || ddl.what === 'PROCEDURE')
        return dropFunction(context, environment, ddl, dryRun);
      return drop(context, environment, ddl, dryRun);
    case 'alter':
      return alter(context, environment, ddl, dryRun);
    case 'truncate':
      return truncate(context, environment, ddl.path, dryRun);
  }
}
