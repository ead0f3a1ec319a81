// Writes the rows of a query or a load into a table, as the job's dispositions want it.
import type { Metadata, Table, TableRef } from '../catalog.ts';
import { tableName } from '../catalog.ts';
import type { Context } from '../context.ts';
import type { Session } from '../engine.ts';
import { alreadyExists, invalid, notFound, notImplemented } from '../errors.ts';
import { findTarget, otherPartition, rowsOf, splitDecorator } from '../partition.ts';
import { quoteIdentifier } from '../schema.ts';
import type { Field } from '../schema.ts';
import { mergedFields, schemaChanges } from '../schema-change.ts';
import { storageName } from '../storage.ts';
import { setDefaults } from './defaults.ts';
import { bareEnvironment } from './environment.ts';

export interface Destination {
  /** May name a partition: then only its rows are replaced, and all new ones must belong to it. */
  readonly ref: TableRef;
  readonly write: string;
  readonly create: string;
  readonly schemaUpdateOptions: readonly string[];
  /** Partitioning and clustering for a table that is created. */
  readonly metadata: Metadata;
}

/** `sql` gives the rows in the order of `fields`. */
export async function writeDestination(
  context: Context,
  session: Session,
  destination: Destination,
  fields: readonly Field[],
  sql: string,
): Promise<Table> {
  // Aside first, because the query may read the table that it replaces.
  await session.run(`CREATE OR REPLACE TEMP TABLE bq_destination AS ${sql}`);
  const partition = findTarget(context.catalog, destination.ref)?.partition;
  if (partition && (await countRows(session, `bq_destination WHERE NOT (${partition.where})`)) > 0)
    throw invalid(otherPartition(partition.id));
  const table = await prepareDestination(context, session, destination, fields);
  // Columns that the rows do not have get their defaults.
  await setDefaults(
    session,
    bareEnvironment(context.catalog, table.ref.projectId, context.clock.now()),
    table,
  );
  const columns = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  await session.run(`INSERT INTO ${storageName(table.ref)} (${columns}) SELECT * FROM bq_destination`);
  await session.run('DROP TABLE bq_destination');
  context.catalog.touch(table);
  return table;
}

/** The destination, ready to take rows of these fields: made, emptied, or widened. */
async function prepareDestination(
  { catalog, storage }: Context,
  session: Session,
  { ref, write, create, schemaUpdateOptions, metadata }: Destination,
  fields: readonly Field[],
): Promise<Table> {
  const isPartition = splitDecorator(ref).id !== undefined;
  if (
    schemaUpdateOptions.length > 0 &&
    write !== 'WRITE_APPEND' &&
    !(write === 'WRITE_TRUNCATE' && isPartition)
  )
    throw invalid(
      'Schema update options should only be specified with WRITE_APPEND disposition, or with WRITE_TRUNCATE disposition on a table partition.',
    );
  const partitionField = (metadata['timePartitioning'] as { field?: string } | undefined)?.field;
  if (partitionField !== undefined && !fields.some(({ name }) => name === partitionField))
    throw invalid('The field specified for partitioning cannot be found in the schema.');
  catalog.getDataset(ref.projectId, ref.datasetId);
  const existing = findTarget(catalog, ref);
  if (!existing) {
    if (create === 'CREATE_NEVER') throw notFound(`Table ${tableName(ref)}`);
    if (isPartition) throw notImplemented('A partition of a table partitioned by time of ingestion');
    await storage.createTable(session, ref, fields);
    return catalog.addTable(ref, 'TABLE', fields, metadata);
  }
  const { table, partition } = existing;
  if (write === 'WRITE_TRUNCATE' && !partition) {
    await storage.createTable(session, table.ref, fields);
    table.fields = fields;
    return table;
  }
  const stored = rowsOf(existing);
  if (write === 'WRITE_EMPTY' && (await countRows(session, stored)) > 0)
    throw alreadyExists(`Table ${tableName(ref)}`);
  await widen(session, table, fields, schemaUpdateOptions);
  if (write === 'WRITE_TRUNCATE') await session.run(`DELETE FROM ${stored}`);
  return table;
}

async function countRows(session: Session, source: string): Promise<number> {
  const { rows } = await session.run(`SELECT count(*) FROM ${source}`);
  return Number(rows[0]![0]);
}

async function widen(
  session: Session,
  table: Table,
  fields: readonly Field[],
  options: readonly string[],
): Promise<void> {
  const known = new Map(table.fields.map((field) => [field.name.toLowerCase(), field]));
  const added = fields.filter(({ name }) => !known.has(name.toLowerCase()));
  const name = tableName(table.ref);
  if (added.length > 0 && !options.includes('ALLOW_FIELD_ADDITION'))
    throw invalid(
      `Provided Schema does not match Table ${name}. Cannot add fields (field: ${added[0]!.name})`,
    );
  for (const field of fields) {
    const old = known.get(field.name.toLowerCase());
    if (old && old.type !== field.type)
      throw invalid(
        `Provided Schema does not match Table ${name}. Field ${field.name} has changed type from ${old.type} to ${field.type}`,
      );
  }
  if (added.length === 0) return;
  const wanted = mergedFields(table.fields, [...table.fields, ...added]);
  for (const action of schemaChanges(name, table.fields, wanted))
    await session.run(`ALTER TABLE ${storageName(table.ref)} ${action}`);
  table.fields = wanted;
}
