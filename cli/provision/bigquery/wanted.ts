// What BigQuery should have: bigquery-schemas/ as it is read for one dataset.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DATASET_OPTIONS, SCHEMAS, TABLES, type DatasetOptions, type Table } from '../../tables.ts';

export interface WantedBigQuery {
  readonly dataset: string;
  readonly location: string;
  readonly options: DatasetOptions;
  readonly tables: ReadonlyMap<string, Table>;
  /** Query by name; a view that reads another comes after it. */
  readonly views: ReadonlyMap<string, string>;
  /** Rows may be kept for less long than they are: what is older goes at once. */
  readonly retention: boolean;
}

const VIEWS = path.join(SCHEMAS, 'views');

export function readWanted(where: {
  readonly project: string;
  readonly dataset: string;
  readonly location: string;
  readonly retention: boolean;
}): WantedBigQuery {
  const { project, ...rest } = where;
  // With the project: a view that leaves it out cannot be read from another one.
  const name = `${project}.${rest.dataset}`;
  const views = readdirSync(VIEWS)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file): [string, string] => [
      path.parse(file).name,
      readFileSync(path.join(VIEWS, file), 'utf8').replaceAll('${dataset}', name).trimEnd(),
    ]);
  return { ...rest, options: DATASET_OPTIONS, tables: TABLES, views: inOrder(new Map(views)) };
}

/** Whether the query names the table or view. */
export const reads = (query: string, name: string): boolean => new RegExp(`\\.${name}\``).test(query);

function inOrder(views: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const ordered = new Map<string, string>();
  const add = (name: string, query: string, via: readonly string[]) => {
    if (ordered.has(name)) return;
    if (via.includes(name)) throw new Error(`Cannot provision: the views ${via.join(', ')} read each other`);
    for (const [other, text] of views)
      if (other !== name && reads(query, other)) add(other, text, [...via, name]);
    ordered.set(name, query);
  };
  for (const [name, query] of views) add(name, query, []);
  return ordered;
}
