// CREATE VIEW and CREATE MATERIALIZED VIEW.
import { checkTableId, tableName } from '../../catalog.ts';
import { alreadyExists } from '../../errors.ts';
import { resultFields } from '../../rows/result-fields.ts';
import type { CreateView, Options } from '../../sql/ddl/types.ts';
import { refOf } from '../../sql/resolve-table.ts';
import { translateStatement } from '../environment.ts';
import { optionMetadata, withOptions } from './option-metadata.ts';
import type { Context } from '../../context.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';

export async function createView(
  { catalog, storage }: Context,
  environment: Environment,
  ddl: CreateView,
  dryRun: boolean,
): Promise<Outcome> {
  const ref = refOf(ddl.path, environment);
  checkTableId(ref.tableId);
  catalog.getDataset(ref.projectId, ref.datasetId);
  const statementType = ddl.materialized ? 'CREATE_MATERIALIZED_VIEW' : 'CREATE_VIEW';
  const existing = catalog.findTable(ref);
  if (existing && ddl.ifNotExists) return { statementType, ddl: { operation: 'SKIP', target: ref } };
  if (existing && !ddl.orReplace) throw alreadyExists(`Table ${tableName(ref)}`);
  const { sql } = await translateStatement(environment, ddl.query);
  await storage.change(async (session) => {
    const described = resultFields(await session.describe(sql));
    const fields = described.map((field, i) => ({ ...field, name: ddl.columns[i] ?? field.name }));
    if (dryRun) return;
    if (existing) catalog.removeTable(existing);
    const view = { query: ddl.query, useLegacySql: false };
    const metadata = {
      ...withOptions({}, optionMetadata(ddl.options)),
      ...(ddl.materialized ? { materializedView: { ...view, ...refreshOf(ddl.options) } } : { view }),
    };
    catalog.addTable(ref, ddl.materialized ? 'MATERIALIZED_VIEW' : 'VIEW', fields, metadata);
  });
  return { statementType, ddl: { operation: existing ? 'REPLACE' : 'CREATE', target: ref } };
}

/** Materialized views are computed when they are read; how often they are to be refreshed is only kept. */
const refreshOf = (options: Options) => ({
  enableRefresh: !/false/i.test(options['enable_refresh'] ?? ''),
  refreshIntervalMs: String(Number(options['refresh_interval_minutes'] ?? 30) * 60_000),
});
