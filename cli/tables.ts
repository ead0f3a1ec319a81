// bigquery-schemas/ as data: the tables by their names, and the options of the dataset.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Column } from './table-fit.ts';

export interface Table {
  readonly description: string;
  readonly timePartitioning: {
    readonly type: string;
    readonly field: string;
    /** After this time in ms a partition is gone; without it rows stay. */
    readonly expirationMs?: string;
  };
  readonly clustering: { readonly fields: string[] };
  readonly schema: { readonly fields: Column[] };
}

export interface DatasetOptions {
  /** How long a deleted row can be read by time travel, in hours. */
  readonly maxTimeTravelHours: string;
}

export const SCHEMAS = path.join(import.meta.dirname, '..', 'bigquery-schemas');
const DATASET_FILE = 'dataset.json';

export const TABLES: ReadonlyMap<string, Table> = new Map(
  readdirSync(SCHEMAS)
    .filter((file) => file.endsWith('.json') && file !== DATASET_FILE)
    .toSorted()
    .map((file) => [path.parse(file).name, readJson(file) as Table]),
);

export const DATASET_OPTIONS = readJson(DATASET_FILE) as DatasetOptions;

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(SCHEMAS, file), 'utf8'));
}
