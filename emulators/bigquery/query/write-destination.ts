// Writes the rows of a query or a load into a table, as the job's dispositions want it.
import type { Metadata, Table, TableRef } from '../catalog.ts';
import { tableName } from '../catalog.ts';
import type { Context } from '../context.ts';
import type { Session } from '../engine.ts';
import { alreadyExists, invalid, notFound } from '../errors.ts';
import { quoteIdentifier } from '../schema.ts';
import type { Field } from '../schema.ts';
import { mergedFields, schemaChanges } from '../schema-change.ts';
import { storageName } from '../storage.ts';

export interface Destination {
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
  const table = await prepareDestination(context, session, destination, fields);
  const columns = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  await session.run(`INSERT INTO ${storageName(table.ref)} (${columns}) SELECT * FROM bq_destination`);
  await session.run('DROP TABLE bq_destination');
  context.catalog.touch(table);
  return table;
}

/** The destination, ready to take rows of these fields: made, emptied, or widened. */
export async function prepareDestination(
  { catalog, storage }: Context,
  session: Session,
  { ref, write, create, schemaUpdateOptions, metadata }: Destination,
  fields: readonly Field[],
): Promise<Table> {
  if (
    schemaUpdateOptions.length > 0 &&
    write !== 'WRITE_APPEND' &&
    !(write === 'WRITE_TRUNCATE' && ref.tableId.includes('$'))
  )
    throw invalid(
      'Schema update options should only be specified with WRITE_APPEND disposition, or with WRITE_TRUNCATE disposition on a table partition.',
    );
  const partitionField = (metadata['timePartitioning'] as { field?: string } | undefined)?.field;
  if (partitionField !== undefined && !fields.some(({ name }) => name === partitionField))
    throw invalid('The field specified for partitioning cannot be found in the schema.');
  catalog.getDataset(ref.projectId, ref.datasetId);
  const existing = catalog.findTable(ref);
  if (!existing) {
    if (create === 'CREATE_NEVER') throw notFound(`Table ${tableName(ref)}`);
    await storage.createTable(session, ref, fields);
    return catalog.addTable(ref, 'TABLE', fields, metadata);
  }
  if (write === 'WRITE_TRUNCATE') {
    await storage.createTable(session, existing.ref, fields);
    existing.fields = fields;
    return existing;
  }
  if (write === 'WRITE_EMPTY') {
    const { rows } = await session.run(`SELECT count(*) FROM ${storageName(existing.ref)}`);
    if (Number(rows[0]![0]) > 0) throw alreadyExists(`Table ${tableName(ref)}`);
  }
  await widen(session, existing, fields, schemaUpdateOptions);
  return existing;
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
