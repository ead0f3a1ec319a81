// The SQL behind a table name in a query: the stored table, the query of a view, the rows of
// INFORMATION_SCHEMA, or the union of the tables that a wildcard means.
import type { Catalog, Table, TableRef } from '../catalog.ts';
import { checkDatasetId, tableName } from '../catalog.ts';
import { ApiError, invalidQuery, notFound } from '../errors.ts';
import { LOCATION } from '../resources.ts';
import { quoteIdentifier, quoteString } from '../schema.ts';
import { storageName } from '../storage.ts';
import { tablesOfDataset } from './information-schema/table-storage.ts';
import { informationSchema } from './information-schema/index.ts';
import { isIn } from '../job-location.ts';

export interface NameContext {
  readonly catalog: Catalog;
  readonly projectId: string;
  readonly defaultDataset: { readonly projectId: string; readonly datasetId: string } | undefined;
  /** Tables that hide those of the default dataset. */
  readonly temporary: ReadonlyMap<string, Table>;
  /** Where the query was told to run. */
  readonly location?: string | undefined;
  /** Translates the query of a view. */
  readonly translateView: (sql: string, table: Table) => string;
  /** Told of every table that the statement names. */
  readonly onTable: (table: Table, readable: boolean) => void;
}

/** A name as written, completed from the defaults. */
export function refOf(
  path: readonly string[],
  context: Pick<NameContext, 'projectId' | 'defaultDataset'>,
  checked = true,
): TableRef {
  const parts = path.flatMap((part, i) => (i === 0 ? part.split(':') : [part]));
  const tableId = parts.at(-1)!;
  if (parts.length === 1) {
    if (!context.defaultDataset)
      throw invalidQuery(`Table "${tableId}" must be qualified with a dataset (e.g. dataset.table).`);
    return { ...context.defaultDataset, tableId };
  }
  const datasetId = parts.at(-2)!;
  const projectId = parts.length > 2 ? parts.slice(0, -2).join('.') : context.projectId;
  if (checked) checkDatasetId(datasetId, `${datasetId}.${tableId}`);
  return { projectId, datasetId, tableId };
}

export function createResolver(context: NameContext): (path: readonly string[], readable: boolean) => string {
  const { catalog } = context;

  return (path, readable) => {
    const schemaAt = path.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
    if (schemaAt >= 0 && schemaAt < path.length - 1) return informationSchema(path, schemaAt, context);
    const temporary = context.temporary.get(path.at(-1)!);
    if (temporary && (path.length === 1 || path[0] === '_SESSION')) return sqlOf(temporary, readable);
    const ref = refOf(path, context);
    if (ref.tableId.toUpperCase() === '__TABLES__')
      return tablesOfDataset(catalog.getDataset(ref.projectId, ref.datasetId));
    if (ref.tableId.endsWith('*')) return wildcard(ref);
    return sqlOf(findTable(ref), readable);
  };

  function findTable(ref: TableRef): Table {
    if (
      !/^(?:[a-z0-9.-]+:)?[a-z](?:[a-z0-9]|-(?!-))*$/.test(ref.projectId) &&
      !catalog.findDataset(ref.projectId, ref.datasetId)
    )
      throw new ApiError(
        403,
        'accessDenied',
        `Access Denied: Table ${tableName(ref)}: User does not have permission to query table ${tableName(ref)}, or perhaps it does not exist.`,
      );
    const { location } = context;
    const place = location ?? LOCATION;
    const dataset = catalog.findDataset(ref.projectId, ref.datasetId);
    if (!dataset || (location !== undefined && !isIn(location, dataset)))
      throw notFound(`Dataset ${ref.projectId}:${ref.datasetId} was not found in location ${place}`);
    const table = catalog.findTable(ref);
    if (!table) throw notFound(`Table ${tableName(ref)} was not found in location ${place}`);
    return table;
  }

  function sqlOf(table: Table, readable: boolean): string {
    context.onTable(table, readable);
    if (table.kind === 'TABLE') return storageName(table.ref);
    if (!readable) throw invalidQuery(`Table ${tableName(table.ref)} is a view and cannot be modified`);
    return `(${context.translateView(viewQuery(table), table)})`;
  }

  function wildcard(ref: TableRef): string {
    const prefix = ref.tableId.slice(0, -1);
    const tables = [...(catalog.findDataset(ref.projectId, ref.datasetId)?.tables.values() ?? [])]
      .filter((table) => table.kind === 'TABLE' && table.ref.tableId.startsWith(prefix))
      .toSorted((a, b) => (a.ref.tableId < b.ref.tableId ? -1 : 1));
    if (tables.length === 0) throw notFound(`Table ${tableName(ref)} was not found in location ${LOCATION}`);
    const parts = tables.map((table) => {
      const suffix = quoteString(table.ref.tableId.slice(prefix.length));
      return `SELECT *, ${suffix} AS ${quoteIdentifier('_TABLE_SUFFIX')} FROM ${sqlOf(table, true)}`;
    });
    return `(${parts.join(' UNION ALL BY NAME ')})`;
  }
}

export function viewQuery(table: Table): string {
  const view = (table.metadata['view'] ?? table.metadata['materializedView']) as { query: string };
  return view.query;
}
