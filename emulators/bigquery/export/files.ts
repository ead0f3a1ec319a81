// The files of an export: the catalog as JSON, and the rows of each table as Parquet. Tables are numbered
// in the order of the catalog, because their names may hold what a file system does not take.
import path from 'node:path';
import type { Dataset, Table } from '../catalog.ts';

export const catalogFile = (dir: string) => path.join(dir, 'catalog.json');

/** The tables that have rows of their own, each with the file of its rows. */
export function tableFiles(dir: string, datasets: readonly Dataset[]): { table: Table; file: string }[] {
  return datasets
    .flatMap(({ tables }) => [...tables.values()])
    .filter(({ kind, fields }) => kind === 'TABLE' && fields.length > 0)
    .map((table, i) => ({ table, file: path.join(dir, `${i}.parquet`) }));
}
