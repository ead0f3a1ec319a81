// INFORMATION_SCHEMA views as relations of constants, made from the catalog when a query names them.
import type { Dataset, Table } from '../catalog.ts';
import { checkDatasetId } from '../catalog.ts';
import { notFound, notImplemented } from '../errors.ts';
import { isRecord, textOf } from '../request.ts';
import { LOCATION } from '../resources.ts';
import { quoteIdentifier, quoteString, standardType } from '../schema.ts';
import type { Field } from '../schema.ts';
import { partitionsView } from './partitions-view.ts';
import type { NameContext } from './resolve-table.ts';

type Value = string | number | boolean | null;
/** Column name → DuckDB type. */
type Columns = Readonly<Record<string, string>>;

interface View {
  readonly columns: Columns;
  readonly rows: (datasets: readonly Dataset[]) => readonly (readonly Value[])[];
}

const tablesOf = (datasets: readonly Dataset[]): Table[] =>
  datasets.flatMap((dataset) => [...dataset.tables.values()]);
const timestamp = (ms: number) => new Date(ms).toISOString();

const TABLE_TYPES = { TABLE: 'BASE TABLE', VIEW: 'VIEW', MATERIALIZED_VIEW: 'MATERIALIZED VIEW' } as const;

/** The options of a table that DDL would write, as GoogleSQL literals with their types. */
function tableOptions(table: Table): readonly (readonly [string, string, string])[] {
  const { metadata } = table;
  const options: [string, string, string][] = [];
  const text = (value: unknown) => JSON.stringify(String(value));
  if (metadata['description'] !== undefined)
    options.push(['description', 'STRING', text(metadata['description'])]);
  if (metadata['friendlyName'] !== undefined)
    options.push(['friendly_name', 'STRING', text(metadata['friendlyName'])]);
  if (isRecord(metadata['labels']) && Object.keys(metadata['labels']).length > 0) {
    const labels = Object.entries(metadata['labels']).map(([k, v]) => `STRUCT(${text(k)}, ${text(v)})`);
    options.push(['labels', 'ARRAY<STRUCT<STRING, STRING>>', `[${labels.join(', ')}]`]);
  }
  if (metadata['requirePartitionFilter'] !== undefined)
    options.push([
      'require_partition_filter',
      'BOOL',
      metadata['requirePartitionFilter'] === true ? 'true' : 'false',
    ]);
  if (metadata['expirationTime'] !== undefined)
    options.push([
      'expiration_timestamp',
      'TIMESTAMP',
      `TIMESTAMP ${text(timestamp(Number(metadata['expirationTime'])))}`,
    ]);
  const partitioning = metadata['timePartitioning'];
  if (isRecord(partitioning) && partitioning['expirationMs'] !== undefined)
    options.push([
      'partition_expiration_days',
      'FLOAT64',
      String(Number(partitioning['expirationMs']) / 86_400_000),
    ]);
  return options.toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
}

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

const TABLE_COLUMNS = { table_catalog: 'VARCHAR', table_schema: 'VARCHAR', table_name: 'VARCHAR' };
const names = ({ ref }: Table): Value[] => [ref.projectId, ref.datasetId, ref.tableId];

const VIEWS: Readonly<Record<string, View>> = {
  SCHEMATA: {
    columns: {
      catalog_name: 'VARCHAR',
      schema_name: 'VARCHAR',
      schema_owner: 'VARCHAR',
      creation_time: 'TIMESTAMPTZ',
      last_modified_time: 'TIMESTAMPTZ',
      location: 'VARCHAR',
      ddl: 'VARCHAR',
      default_collation_name: 'VARCHAR',
    },
    rows: (datasets) =>
      datasets.map((d) => [
        d.projectId,
        d.datasetId,
        null,
        timestamp(d.createdMs),
        timestamp(d.modifiedMs),
        textOf(d.metadata['location']) ?? LOCATION,
        `CREATE SCHEMA \`${d.projectId}.${d.datasetId}\`;`,
        'NULL',
      ]),
  },
  TABLES: {
    columns: {
      ...TABLE_COLUMNS,
      table_type: 'VARCHAR',
      managed_table_type: 'VARCHAR',
      is_insertable_into: 'VARCHAR',
      is_fine_grained_mutations_enabled: 'VARCHAR',
      is_typed: 'VARCHAR',
      is_change_history_enabled: 'VARCHAR',
      creation_time: 'TIMESTAMPTZ',
      ddl: 'VARCHAR',
    },
    rows: (datasets) =>
      tablesOf(datasets).map((table) => [
        ...names(table),
        TABLE_TYPES[table.kind],
        table.kind === 'TABLE' ? 'NATIVE' : null,
        table.kind === 'TABLE' ? 'YES' : 'NO',
        'NO',
        'NO',
        'NO',
        timestamp(table.createdMs),
        null,
      ]),
  },
  COLUMNS: {
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
  },
  COLUMN_FIELD_PATHS: {
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
  },
  TABLE_OPTIONS: {
    columns: { ...TABLE_COLUMNS, option_name: 'VARCHAR', option_type: 'VARCHAR', option_value: 'VARCHAR' },
    rows: (datasets) =>
      tablesOf(datasets).flatMap((table) =>
        tableOptions(table).map((option) => [...names(table), ...option]),
      ),
  },
  VIEWS: {
    columns: {
      ...TABLE_COLUMNS,
      view_definition: 'VARCHAR',
      check_option: 'VARCHAR',
      use_standard_sql: 'VARCHAR',
    },
    rows: (datasets) =>
      tablesOf(datasets)
        .filter((table) => table.kind !== 'TABLE')
        .map((table) => {
          const view = table.metadata['view'] ?? table.metadata['materializedView'];
          return [...names(table), isRecord(view) ? String(view['query']) : null, null, 'YES'];
        }),
  },
};

function literal(value: Value): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? quoteString(value) : String(value);
}

/** `path` holds the whole name, `at` says where INFORMATION_SCHEMA stands in it. */
export function informationSchema(path: readonly string[], at: number, context: NameContext): string {
  const name = path[at + 1]!.toUpperCase();
  const view = VIEWS[name];
  if (!view && name !== 'PARTITIONS') throw notImplemented(`INFORMATION_SCHEMA.${name}`);
  const before = path.slice(0, at);
  const last = before.at(-1);
  const region = last !== undefined && /^region-/i.test(last);
  const projectId = before.length > 1 ? before.slice(0, -1).join('.') : context.projectId;
  const { catalog } = context;
  let datasets = catalog.datasets(projectId);
  if (last !== undefined && !region) {
    checkDatasetId(last);
    const dataset = catalog.findDataset(projectId, last);
    if (!dataset) throw notFound(`Dataset ${projectId}:${last} was not found in location ${LOCATION}`);
    datasets = [dataset];
  } else if (last === undefined && name !== 'SCHEMATA' && context.defaultDataset) {
    datasets = datasets.filter((dataset) => dataset.datasetId === context.defaultDataset!.datasetId);
  }
  if (!view) return partitionsView(datasets);
  const entries = Object.entries(view.columns);
  const select = (values: readonly string[]) =>
    `SELECT ${entries.map(([column, type], i) => `CAST(${values[i]} AS ${type}) AS ${quoteIdentifier(column)}`).join(', ')}`;
  const rows = view.rows(datasets).map((row) => select(row.map(literal)));
  if (rows.length === 0) return `(${select(entries.map(() => 'NULL'))} WHERE false)`;
  return `(${rows.join(' UNION ALL ')})`;
}
