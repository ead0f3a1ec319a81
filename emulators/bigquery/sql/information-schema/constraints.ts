// TABLE_CONSTRAINTS, KEY_COLUMN_USAGE and CONSTRAINT_COLUMN_USAGE: keys, which are kept and never enforced.
import type { Table, TableRef } from '../../catalog.ts';
import { isRecord, recordOf, tableRefIn } from '../../request.ts';
import { tablesOf } from './view.ts';
import type { Value, View } from './view.ts';

interface Key {
  readonly table: Table;
  readonly name: string;
  readonly type: 'PRIMARY KEY' | 'FOREIGN KEY';
  readonly columns: readonly string[];
  /** What it refers to; for a primary key, itself. */
  readonly target: { readonly ref: TableRef; readonly columns: readonly string[] };
}

function keysOf(table: Table): Key[] {
  const { ref } = table;
  const { primaryKey, foreignKeys } = recordOf(table.metadata['tableConstraints']);
  const keys: Key[] = [];
  const given = recordOf(primaryKey)['columns'];
  if (Array.isArray(given)) {
    const columns = given.map(String);
    const name = `${ref.tableId}.pk$`;
    keys.push({ table, name, type: 'PRIMARY KEY', columns, target: { ref, columns } });
  }
  const others = (Array.isArray(foreignKeys) ? foreignKeys : []).filter(isRecord);
  for (const [i, foreign] of others.entries()) {
    const pairs = (Array.isArray(foreign['columnReferences']) ? foreign['columnReferences'] : []).map(
      recordOf,
    );
    const name = typeof foreign['name'] === 'string' ? foreign['name'] : `fk$${i + 1}`;
    keys.push({
      table,
      name: `${ref.tableId}.${name}`,
      type: 'FOREIGN KEY',
      columns: pairs.map((pair) => String(pair['referencingColumn'])),
      target: {
        ref: tableRefIn(foreign['referencedTable'], ref.projectId) ?? ref,
        columns: pairs.map((pair) => String(pair['referencedColumn'])),
      },
    });
  }
  return keys;
}

const CONSTRAINT = {
  constraint_catalog: 'VARCHAR',
  constraint_schema: 'VARCHAR',
  constraint_name: 'VARCHAR',
  table_catalog: 'VARCHAR',
  table_schema: 'VARCHAR',
  table_name: 'VARCHAR',
};
const owner = ({ table, name }: Key, { projectId, datasetId, tableId }: TableRef = table.ref): Value[] => [
  table.ref.projectId,
  table.ref.datasetId,
  name,
  projectId,
  datasetId,
  tableId,
];

export const TABLE_CONSTRAINTS: View = {
  columns: {
    ...CONSTRAINT,
    constraint_type: 'VARCHAR',
    is_deferrable: 'VARCHAR',
    initially_deferred: 'VARCHAR',
    enforced: 'VARCHAR',
  },
  rows: (datasets) =>
    tablesOf(datasets)
      .flatMap(keysOf)
      .map((key) => [...owner(key), key.type, 'NO', 'NO', 'NO']),
};

export const KEY_COLUMN_USAGE: View = {
  columns: {
    ...CONSTRAINT,
    column_name: 'VARCHAR',
    ordinal_position: 'BIGINT',
    position_in_unique_constraint: 'BIGINT',
  },
  rows: (datasets) =>
    tablesOf(datasets)
      .flatMap(keysOf)
      .flatMap((key) =>
        key.columns.map((column, i) => [
          ...owner(key),
          column,
          i + 1,
          key.type === 'FOREIGN KEY' ? i + 1 : null,
        ]),
      ),
};

export const CONSTRAINT_COLUMN_USAGE: View = {
  columns: {
    table_catalog: 'VARCHAR',
    table_schema: 'VARCHAR',
    table_name: 'VARCHAR',
    column_name: 'VARCHAR',
    constraint_catalog: 'VARCHAR',
    constraint_schema: 'VARCHAR',
    constraint_name: 'VARCHAR',
  },
  rows: (datasets) =>
    tablesOf(datasets)
      .flatMap(keysOf)
      .flatMap((key) =>
        key.target.columns.map((column) => {
          const [catalog, schema, name] = owner(key) as [Value, Value, Value];
          const { projectId, datasetId, tableId } = key.target.ref;
          return [projectId, datasetId, tableId, column, catalog, schema, name];
        }),
      ),
};
