// COLUMNS and COLUMN_FIELD_PATHS.
import type { Table } from '../../catalog.ts';
import { isRecord } from '../../request.ts';
import { standardType } from '../../schema.ts';
import type { Field } from '../../schema.ts';
import { names, TABLE_COLUMNS, tablesOf } from './view.ts';
import type { View } from './view.ts';

function partitionField(table: Table): unknown {
  const time = table.metadata['timePartitioning'];
  const range = table.metadata['rangePartitioning'];
  return (isRecord(time) ? time['field'] : undefined) ?? (isRecord(range) ? range['field'] : undefined);
}

function clusteringPosition(table: Table, field: Field): number | null {
  const clustering = table.metadata['clustering'];
  const fields = isRecord(clustering) && Array.isArray(clustering['fields']) ? clustering['fields'] : [];
  const position = fields.indexOf(field.name);
  return position < 0 ? null : position + 1;
}

/** A field and those inside it, with their paths. */
function paths(fields: readonly Field[], prefix = ''): { path: string; field: Field }[] {
  return fields.flatMap((field) => [
    { path: prefix + field.name, field },
    ...paths(field.fields ?? [], `${prefix}${field.name}.`),
  ]);
}

export const COLUMNS: View = {
  columns: {
    ...TABLE_COLUMNS,
    column_name: 'VARCHAR',
    ordinal_position: 'BIGINT',
    is_nullable: 'VARCHAR',
    data_type: 'VARCHAR',
    is_generated: 'VARCHAR',
    generation_expression: 'VARCHAR',
    is_stored: 'VARCHAR',
    is_hidden: 'VARCHAR',
    is_updatable: 'VARCHAR',
    is_system_defined: 'VARCHAR',
    is_partitioning_column: 'VARCHAR',
    clustering_ordinal_position: 'BIGINT',
    collation_name: 'VARCHAR',
    column_default: 'VARCHAR',
    rounding_mode: 'VARCHAR',
  },
  rows: (datasets) =>
    tablesOf(datasets).flatMap((table) =>
      table.fields.map((field, i) => [
        ...names(table),
        field.name,
        i + 1,
        field.mode === 'REQUIRED' ? 'NO' : 'YES',
        standardType(field),
        'NEVER',
        null,
        null,
        'NO',
        null,
        'NO',
        partitionField(table) === field.name ? 'YES' : 'NO',
        clusteringPosition(table, field),
        'NULL',
        typeof field['defaultValueExpression'] === 'string' ? field['defaultValueExpression'] : 'NULL',
        null,
      ]),
    ),
};

export const COLUMN_FIELD_PATHS: View = {
  columns: {
    ...TABLE_COLUMNS,
    column_name: 'VARCHAR',
    field_path: 'VARCHAR',
    data_type: 'VARCHAR',
    description: 'VARCHAR',
    collation_name: 'VARCHAR',
    rounding_mode: 'VARCHAR',
  },
  rows: (datasets) =>
    tablesOf(datasets).flatMap((table) =>
      paths(table.fields).map(({ path, field }) => [
        ...names(table),
        path.split('.')[0]!,
        path,
        standardType(field),
        typeof field['description'] === 'string' ? field['description'] : null,
        'NULL',
        null,
      ]),
    ),
};
