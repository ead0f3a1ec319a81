// CREATE TABLE, also AS SELECT, LIKE, COPY and CLONE.
import type { Metadata, Table, TableRef } from '../../catalog.ts';
import { checkTableId, tableName } from '../../catalog.ts';
import { alreadyExists, invalid } from '../../errors.ts';
import { resultFields } from '../../rows/result-fields.ts';
import { withCollation } from '../../schema.ts';
import type { Field } from '../../schema.ts';
import type { CreateTable } from '../../sql/ddl/types.ts';
import { refOf } from '../../sql/resolve-table.ts';
import { storageName } from '../../storage.ts';
import { translateStatement } from '../environment.ts';
import { partitioningOf } from '../partitioning.ts';
import { expirationOf, optionMetadata, withOptions } from './option-metadata.ts';
import type { Context } from '../../context.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';

/** Temporary tables live in a dataset that no list shows. */
const temporaryDataset = (projectId: string) => ({ projectId, datasetId: '_bq_temporary' });
let temporaries = 0;

export async function createTable(
  context: Context,
  environment: Environment,
  ddl: CreateTable,
  dryRun: boolean,
): Promise<Outcome> {
  const { catalog, storage } = context;
  const name = ddl.path.at(-1)!;
  const ref: TableRef = ddl.temporary
    ? { ...temporaryDataset(environment.projectId), tableId: `${name}_${++temporaries}` }
    : refOf(ddl.path, environment);
  checkTableId(ref.tableId);
  const statementType = ddl.query === undefined ? 'CREATE_TABLE' : 'CREATE_TABLE_AS_SELECT';
  const dataset = ddl.temporary ? undefined : catalog.getDataset(ref.projectId, ref.datasetId);
  const source = ddl.source && catalog.getTable(refOf(ddl.source.path, environment));
  const query = ddl.query === undefined ? undefined : await translateStatement(environment, ddl.query);
  const partitioning = partitioningOf(ddl.partitionBy, ddl.options['partition_expiration_days']);
  const given: Metadata = {
    ...source?.metadata,
    ...withOptions({}, optionMetadata(ddl.options)),
    ...(ddl.collation === undefined ? {} : { defaultCollation: ddl.collation }),
    ...(ddl.constraints === undefined ? {} : { tableConstraints: ddl.constraints }),
    ...partitioning,
    ...(ddl.clusterBy.length > 0 ? { clustering: { fields: ddl.clusterBy } } : {}),
  };
  return storage.change(async (session): Promise<Outcome> => {
    const existing = ddl.temporary ? environment.temporary.get(name) : catalog.findTable(ref);
    if (existing && ddl.ifNotExists) return { statementType, ddl: { operation: 'SKIP', target: ref } };
    if (existing && !ddl.orReplace) throw alreadyExists(`Table ${tableName(ref)}`);
    const operation = existing ? 'REPLACE' : 'CREATE';
    const described = query && resultFields(await session.describe(query.sql));
    const metadata = withOptions(given, await expirationOf(session, environment, ddl.options));
    const fields: readonly Field[] = withCollation(
      ddl.fields ?? source?.fields ?? described ?? [],
      metadata['defaultCollation'] ?? dataset?.metadata['defaultCollation'],
    );
    if (described && described.length !== fields.length)
      throw invalid('The number of columns in the column definition list does not match that of the query');
    // The job of a CREATE TABLE shows the schema of the table, without rows.
    const outcome: Outcome = {
      statementType,
      ddl: { operation, target: ref },
      result: { fields, rows: [] },
      ...(query && !ddl.temporary ? { written: ref } : {}),
    };
    if (dryRun) return outcome;
    const rows =
      query?.sql ?? (source && ddl.source?.rows ? `SELECT * FROM ${storageName(source.ref)}` : undefined);
    await storage.createSchema(session, ref.projectId, ref.datasetId);
    await storage.createTable(session, ref, fields, rows);
    if (ddl.temporary) {
      const table: Table = { ref, kind: 'TABLE', fields, metadata, createdMs: 0, modifiedMs: 0, version: 1 };
      environment.temporary.set(name, table);
      return outcome;
    }
    if (existing) catalog.removeTable(existing);
    catalog.addTable(ref, 'TABLE', fields, metadata);
    return outcome;
  });
}
