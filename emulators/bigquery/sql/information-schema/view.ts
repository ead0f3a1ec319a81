// What an INFORMATION_SCHEMA view is: columns with DuckDB's types, and rows made from the catalog.
import type { Dataset, Table } from '../../catalog.ts';

export type Value = string | number | boolean | null;
/** Column name → DuckDB type. */
export type Columns = Readonly<Record<string, string>>;

export interface View {
  readonly columns: Columns;
  readonly rows: (datasets: readonly Dataset[]) => readonly (readonly Value[])[];
}

export const tablesOf = (datasets: readonly Dataset[]): Table[] =>
  datasets.flatMap((dataset) => [...dataset.tables.values()]);
export const timestamp = (ms: number) => new Date(ms).toISOString();

export const TABLE_COLUMNS = { table_catalog: 'VARCHAR', table_schema: 'VARCHAR', table_name: 'VARCHAR' };
export const names = ({ ref }: Table): Value[] => [ref.projectId, ref.datasetId, ref.tableId];
