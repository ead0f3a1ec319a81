// One action of ALTER TABLE: the catalog and the stored table change together.
import type { Catalog, Metadata, Table } from '../../catalog.ts';
import { checkTableId, tableName } from '../../catalog.ts';
import type { Session } from '../../engine.ts';
import { alreadyExists, invalid } from '../../errors.ts';
import { isRecord, recordOf } from '../../request.ts';
import { columnDefinition, quoteIdentifier, storageType } from '../../schema.ts';
import type { Field } from '../../schema.ts';
import type { AlterAction, Options } from '../../sql/ddl/types.ts';
import type { Storage } from '../../storage.ts';
import { storageName } from '../../storage.ts';
import type { Environment } from '../environment.ts';
import { expirationOf, optionMetadata, withOptions } from './option-metadata.ts';

interface Work {
  readonly session: Session;
  readonly environment: Environment;
  readonly catalog: Catalog;
  readonly storage: Storage;
}

export async function alterTable(
  { session, environment, catalog, storage }: Work,
  table: Table,
  action: AlterAction,
): Promise<void> {
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
      replace(
        action.column,
        (field) => withOptions(field, optionMetadata(action.options)) as unknown as Field,
      );
      return;
    case 'setOptions':
      table.metadata = withOptions(table.metadata, {
        ...optionMetadata(action.options),
        ...(await expirationOf(session, environment, action.options)),
      });
      setPartitioning(table, action.options);
      return;
    case 'rename':
      await rename(action.to);
      return;
    case 'addConstraints':
      table.metadata = withOptions(table.metadata, {
        tableConstraints: addConstraints(recordOf(table.metadata['tableConstraints']), action.constraints),
      });
      return;
    case 'dropConstraint':
      table.metadata = withOptions(table.metadata, {
        tableConstraints: dropConstraint(table, action),
      });
      return;
    case 'setCollation':
      table.metadata = withOptions(table.metadata, { defaultCollation: action.collation });
  }

  async function rename(to: string): Promise<void> {
    const ref = { ...table.ref, tableId: to };
    checkTableId(to);
    if (catalog.findTable(ref)) throw alreadyExists(`Table ${tableName(ref)}`);
    await storage.createTable(session, ref, table.fields, `SELECT * FROM ${storageName(table.ref)}`);
    await storage.dropTable(session, table.ref);
    catalog.removeTable(table);
    catalog.addTable(ref, table.kind, table.fields, table.metadata);
  }
}

/** `partition_expiration_days` belongs to the partitioning. */
function setPartitioning(table: Table, options: Options): void {
  const days = options['partition_expiration_days'];
  const partitioning = table.metadata['timePartitioning'];
  if (days === undefined || !isRecord(partitioning)) return;
  const expirationMs = Number.isNaN(Number(days)) ? null : String(Number(days) * 86_400_000);
  table.metadata = { ...table.metadata, timePartitioning: withOptions(partitioning, { expirationMs }) };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function addConstraints(old: Metadata, added: Metadata): Metadata {
  if (old['primaryKey'] && added['primaryKey']) throw invalid('Already Exists: Primary key');
  return {
    ...old,
    ...added,
    foreignKeys: [...listOf(old['foreignKeys']), ...listOf(added['foreignKeys'])],
  };
}

function dropConstraint(
  table: Table,
  { name, ifExists }: AlterAction & { readonly kind: 'dropConstraint' },
): Metadata {
  const constraints = recordOf(table.metadata['tableConstraints']);
  const { primaryKey, ...rest } = constraints;
  const keys = listOf(constraints['foreignKeys']);
  const left = keys.filter((key) => recordOf(key)['name'] !== name);
  const missing = name === undefined ? !primaryKey : left.length === keys.length;
  if (missing && !ifExists)
    throw invalid(`Constraint ${name ?? 'PRIMARY KEY'} was not found in table ${tableName(table.ref)}`);
  return name === undefined ? rest : { ...constraints, foreignKeys: left };
}
