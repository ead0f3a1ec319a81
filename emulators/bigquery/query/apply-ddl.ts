// Carries out DDL: the catalog and the stored tables change together, or not at all.
import type { Metadata, Table, TableRef } from '../catalog.ts';
import { checkTableId, datasetName, tableName } from '../catalog.ts';
import type { Context } from '../context.ts';
import type { Session } from '../engine.ts';
import { alreadyExists, ApiError, invalid, notFound, notImplemented } from '../errors.ts';
import { resultFields } from '../rows/result-fields.ts';
import { columnDefinition, quoteIdentifier, storageType } from '../schema.ts';
import type { Field } from '../schema.ts';
import { labelsOption, stringOption } from '../sql/ddl/options.ts';
import { parseDdl } from '../sql/ddl/parse.ts';
import type {
  Alter,
  AlterAction,
  CreateSchema,
  CreateTable,
  CreateView,
  Drop,
  Options,
} from '../sql/ddl/types.ts';
import { refOf } from '../sql/resolve-table.ts';
import { storageName } from '../storage.ts';
import { createFunction, dropFunction } from './create-function.ts';
import type { Environment } from './environment.ts';
import { translateStatement } from './environment.ts';
import type { Outcome } from './outcome.ts';
import { partitioningOf } from './partitioning.ts';
import { refuseStreamed } from './guard-streamed.ts';

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
      if (ddl.what === 'FUNCTION') return dropFunction(context, environment, ddl, dryRun);
      return drop(context, environment, ddl, dryRun);
    case 'alter':
      return alter(context, environment, ddl, dryRun);
    case 'truncate':
      return truncate(context, environment, ddl.path);
  }
}

function datasetRef(path: readonly string[], { projectId }: Environment) {
  const datasetId = path.at(-1)!;
  return { projectId: path.length > 1 ? path.slice(0, -1).join('.') : projectId, datasetId };
}

/** OPTIONS as the fields of the REST resource. */
function metadataOf(options: Options): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(options)) {
    if (name === 'description') metadata['description'] = stringOption(text);
    else if (name === 'friendly_name') metadata['friendlyName'] = stringOption(text);
    else if (name === 'labels') metadata['labels'] = labelsOption(text);
    else if (name === 'location') metadata['location'] = stringOption(text).toUpperCase();
    else if (name === 'require_partition_filter') metadata['requirePartitionFilter'] = /true/i.test(text);
    else if (name === 'default_table_expiration_days')
      metadata['defaultTableExpirationMs'] = String(Number(text) * 86_400_000);
    else if (name === 'expiration_timestamp') {
      const at = Date.parse(stringOption(text.replace(/^TIMESTAMP\s*/i, '')));
      if (!Number.isNaN(at)) metadata['expirationTime'] = String(at);
    }
  }
  return metadata;
}

async function createSchema(
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
      catalog.addDataset(target.projectId, target.datasetId, metadataOf(ddl.options));
      await storage.createSchema(session, target.projectId, target.datasetId);
    });
  return { statementType, ddl: { operation: 'CREATE', target } };
}

/** Temporary tables live in a dataset that no list shows. */
const temporaryDataset = (projectId: string) => ({ projectId, datasetId: '_bq_temporary' });
let temporaries = 0;

async function createTable(
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
  if (!ddl.temporary) catalog.getDataset(ref.projectId, ref.datasetId);
  const source = ddl.source && catalog.getTable(refOf(ddl.source.path, environment));
  const query = ddl.query === undefined ? undefined : await translateStatement(environment, ddl.query);
  const partitioning = partitioningOf(ddl.partitionBy, ddl.options['partition_expiration_days']);
  const metadata: Metadata = {
    ...source?.metadata,
    ...metadataOf(ddl.options),
    ...partitioning,
    ...(ddl.clusterBy.length > 0 ? { clustering: { fields: ddl.clusterBy } } : {}),
  };
  return storage.change(async (session): Promise<Outcome> => {
    const existing = ddl.temporary ? environment.temporary.get(name) : catalog.findTable(ref);
    if (existing && ddl.ifNotExists) return { statementType, ddl: { operation: 'SKIP', target: ref } };
    if (existing && !ddl.orReplace) throw alreadyExists(`Table ${tableName(ref)}`);
    const operation = existing ? 'REPLACE' : 'CREATE';
    const described = query && resultFields(await session.describe(query.sql));
    const fields: readonly Field[] = ddl.fields ?? source?.fields ?? described ?? [];
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

async function createView(
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
      ...metadataOf(ddl.options),
      ...(ddl.materialized ? { materializedView: view } : { view }),
    };
    catalog.addTable(ref, ddl.materialized ? 'MATERIALIZED_VIEW' : 'VIEW', fields, metadata);
  });
  return { statementType, ddl: { operation: existing ? 'REPLACE' : 'CREATE', target: ref } };
}

async function drop(
  { catalog, storage }: Context,
  environment: Environment,
  ddl: Drop,
  dryRun: boolean,
): Promise<Outcome> {
  const statementType = `DROP_${ddl.what.replace(' ', '_')}`;
  if (ddl.what === 'SCHEMA') return dropSchema({ catalog, storage } as Context, environment, ddl, dryRun);
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

async function alter(
  { catalog, storage }: Context,
  environment: Environment,
  ddl: Alter,
  dryRun: boolean,
): Promise<Outcome> {
  const statementType = `ALTER_${ddl.what}`;
  if (ddl.what === 'SCHEMA') {
    const target = datasetRef(ddl.path, environment);
    const dataset = catalog.getDataset(target.projectId, target.datasetId);
    await storage.change(async () => {
      for (const action of ddl.actions)
        if (action.kind === 'setOptions')
          dataset.metadata = { ...dataset.metadata, ...metadataOf(action.options) };
      catalog.touch(dataset);
    });
    return { statementType, ddl: { operation: 'ALTER', target } };
  }
  const ref = refOf(ddl.path, environment);
  const table = catalog.findTable(ref);
  if (!table) {
    if (ddl.ifExists) return { statementType, ddl: { operation: 'SKIP', target: ref } };
    throw notFound(`Table ${tableName(ref)}`);
  }
  if (!dryRun)
    await storage.change(async (session) => {
      for (const action of ddl.actions) await alterTable(session, table, action);
      catalog.touch(table);
    });
  return { statementType, ddl: { operation: 'ALTER', target: ref } };
}

async function alterTable(session: Session, table: Table, action: AlterAction): Promise<void> {
  const run = (sql: string) => session.run(`ALTER TABLE ${storageName(table.ref)} ${sql}`);
  const same = (field: Field, name: string) => field.name.toLowerCase() === name.toLowerCase();
  const replace = (name: string, change: (field: Field) => Field) => {
    if (!table.fields.some((field) => same(field, name)))
      throw invalid(`Column ${name} was not found in table ${tableName(table.ref)}`);
    table.fields = table.fields.map((field) => (same(field, name) ? change(field) : field));
  };
  switch (action.kind) {
    case 'addColumn': {
      const { field } = action;
      if (table.fields.some((old) => same(old, field.name))) {
        if (action.ifNotExists) return;
        throw invalid(`Column already exists: ${field.name}`);
      }
      if (field.mode === 'REQUIRED')
        throw invalid(
          `Provided Schema does not match Table ${tableName(table.ref)}. Cannot add required fields to an existing schema. (field: ${field.name})`,
        );
      await run(`ADD COLUMN ${columnDefinition(field)}`);
      table.fields = [...table.fields, field];
      return;
    }
    case 'dropColumn':
      if (!table.fields.some((field) => same(field, action.column)) && action.ifExists) return;
      replace(action.column, (field) => field);
      await run(`DROP COLUMN ${quoteIdentifier(action.column)}`);
      table.fields = table.fields.filter((field) => !same(field, action.column));
      return;
    case 'renameColumn':
      replace(action.column, (field) => ({ ...field, name: action.to }));
      await run(`RENAME COLUMN ${quoteIdentifier(action.column)} TO ${quoteIdentifier(action.to)}`);
      return;
    case 'dropNotNull':
      replace(action.column, (field) => ({ ...field, mode: 'NULLABLE' }));
      await run(`ALTER COLUMN ${quoteIdentifier(action.column)} DROP NOT NULL`);
      return;
    case 'setDefault':
      if (action.expression === undefined)
        await run(`ALTER COLUMN ${quoteIdentifier(action.column)} DROP DEFAULT`);
      replace(action.column, (field) => {
        const { defaultValueExpression: _, ...rest } = field;
        return action.expression === undefined
          ? rest
          : { ...rest, defaultValueExpression: action.expression };
      });
      return;
    case 'setType':
      await run(`ALTER COLUMN ${quoteIdentifier(action.column)} SET DATA TYPE ${storageType(action.field)}`);
      replace(action.column, (field) => ({ ...field, ...action.field, name: field.name }));
      return;
    case 'columnOptions':
      replace(action.column, (field) => ({ ...field, ...metadataOf(action.options) }));
      return;
    case 'setOptions':
      table.metadata = { ...table.metadata, ...metadataOf(action.options) };
      return;
    case 'rename':
      throw notImplemented('ALTER TABLE RENAME TO');
  }
}

async function truncate(
  context: Context,
  environment: Environment,
  path: readonly string[],
): Promise<Outcome> {
  const { catalog, storage } = context;
  const table = environment.temporary.get(path.at(-1)!) ?? catalog.getTable(refOf(path, environment));
  refuseStreamed(context, table);
  const changed = await storage.use(
    async (session) => (await session.run(`DELETE FROM ${storageName(table.ref)}`)).changed,
  );
  catalog.touch(table);
  return { statementType: 'TRUNCATE_TABLE', dml: { deletedRowCount: changed } };
}

export async function dropTemporary({ storage }: Context, environment: Environment): Promise<void> {
  if (environment.temporary.size === 0) return;
  await storage.use(async (session) => {
    for (const { ref } of environment.temporary.values()) await storage.dropTable(session, ref);
  });
}
