// INFORMATION_SCHEMA views as relations, made from the catalog when a query names them.
import type { Dataset } from '../../catalog.ts';
import { checkDatasetId } from '../../catalog.ts';
import { notFound, notImplemented } from '../../errors.ts';
import { LOCATION } from '../../resources.ts';
import { quoteIdentifier, quoteString } from '../../schema.ts';
import type { NameContext } from '../resolve-table.ts';
import { COLUMN_FIELD_PATHS, COLUMNS } from './columns.ts';
import { CONSTRAINT_COLUMN_USAGE, KEY_COLUMN_USAGE, TABLE_CONSTRAINTS } from './constraints.ts';
import { partitionsView } from './partitions-view.ts';
import { PARAMETERS, ROUTINES } from './routines.ts';
import { SCHEMATA, SCHEMATA_OPTIONS } from './schemata.ts';
import { TABLE_OPTIONS } from './table-options.ts';
import { tableStorage } from './table-storage.ts';
import { MATERIALIZED_VIEWS, TABLES, VIEWS as VIEW_VIEW } from './tables.ts';
import type { Value, View } from './view.ts';

const VIEWS: Readonly<Record<string, View>> = {
  SCHEMATA,
  SCHEMATA_OPTIONS,
  TABLES,
  TABLE_OPTIONS,
  COLUMNS,
  COLUMN_FIELD_PATHS,
  VIEWS: VIEW_VIEW,
  MATERIALIZED_VIEWS,
  TABLE_CONSTRAINTS,
  KEY_COLUMN_USAGE,
  CONSTRAINT_COLUMN_USAGE,
  ROUTINES,
  PARAMETERS,
};

/** Views that count rows. */
const COUNTED: Readonly<Record<string, (datasets: readonly Dataset[]) => string>> = {
  PARTITIONS: partitionsView,
  TABLE_STORAGE: tableStorage,
  TABLE_STORAGE_BY_PROJECT: tableStorage,
};

function literal(value: Value): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? quoteString(value) : String(value);
}

/** `path` holds the whole name, `at` says where INFORMATION_SCHEMA stands in it. */
export function informationSchema(path: readonly string[], at: number, context: NameContext): string {
  const name = path[at + 1]!.toUpperCase();
  const view = VIEWS[name];
  if (!view && !(name in COUNTED)) throw notImplemented(`INFORMATION_SCHEMA.${name}`);
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
  } else if (last === undefined && !name.startsWith('SCHEMATA') && context.defaultDataset) {
    datasets = datasets.filter((dataset) => dataset.datasetId === context.defaultDataset!.datasetId);
  }
  if (!view) return COUNTED[name]!(datasets);
  const entries = Object.entries(view.columns);
  const select = (values: readonly string[]) =>
    `SELECT ${entries.map(([column, type], i) => `CAST(${values[i]} AS ${type}) AS ${quoteIdentifier(column)}`).join(', ')}`;
  const rows = view.rows(datasets).map((row) => select(row.map(literal)));
  if (rows.length === 0) return `(${select(entries.map(() => 'NULL'))} WHERE false)`;
  return `(${rows.join(' UNION ALL ')})`;
}
