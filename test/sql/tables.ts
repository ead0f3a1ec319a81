// The tables that statements are written for, as the files have them: those of bigquery-schemas/, and those that pages of
// docs/ tell of beside them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bridgeDataset, BRIDGE_TABLE } from '../../cli/pipeline/keys/bridge-table.ts';
import { readWanted, type WantedBigQuery } from '../../cli/provision/bigquery/wanted.ts';
import type { Field } from '../../cli/provision/bigquery/columns.ts';
import { DATASET } from '../../cli/provision.ts';
import { SCHEMAS, TABLES, type Table } from '../../cli/tables.ts';

export const ROOT = path.join(import.meta.dirname, '..', '..');
export const PROJECT = 'demo-local';

export const WANTED: WantedBigQuery = readWanted({
  project: PROJECT,
  dataset: DATASET,
  location: 'asia-northeast1',
  retention: false,
});

/** The columns of `NAME_raw_changelog` as version 2.2.1 of the extension's change tracker makes them. */
export const CHANGELOG: readonly Field[] = [
  { name: 'timestamp', type: 'TIMESTAMP', mode: 'REQUIRED' },
  { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'document_name', type: 'STRING', mode: 'REQUIRED' },
  { name: 'operation', type: 'STRING', mode: 'REQUIRED' },
  { name: 'data', type: 'STRING', mode: 'NULLABLE' },
  { name: 'old_data', type: 'STRING', mode: 'NULLABLE' },
  { name: 'document_id', type: 'STRING', mode: 'NULLABLE' },
];

/** Where a page has code of a language; indented blocks of lists too. */
export function codeOf(page: string, language: string): readonly string[] {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(\w+)\n(.*?)^\1```$/gms)].flatMap(([, indent = '', of, code = '']) =>
    of === language ? [code.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd()] : [],
  );
}

const SESSIONS = TABLES.get('sessions')!.schema.fields;

/** What pages have made before their statements run: a table of the extension, a new collection, a narrower type. */
export const TABLES_OF_PAGES: ReadonlyMap<string, readonly Field[]> = new Map<string, readonly Field[]>([
  ['training_raw_changelog', CHANGELOG],
  ['orders', (JSON.parse(codeOf('docs/add-a-collection.md', 'json')[0] ?? '{}') as Table).schema.fields],
  [
    'sessions_v2',
    SESSIONS.map((column) => (column.name === 'duration' ? { ...column, type: 'INTEGER' } : column)),
  ],
]);

const bridge = JSON.parse(
  readFileSync(path.join(SCHEMAS, 'restricted', `${BRIDGE_TABLE}.json`), 'utf8'),
) as Table;

/** All of them, by `dataset.table`; views are not among them. */
export const COLUMNS: ReadonlyMap<string, readonly Field[]> = new Map<string, readonly Field[]>([
  ...[...TABLES].map(([name, { schema }]) => [`${DATASET}.${name}`, schema.fields] as const),
  ...[...TABLES_OF_PAGES].map(([name, fields]) => [`${DATASET}.${name}`, fields] as const),
  [`${bridgeDataset(DATASET)}.${BRIDGE_TABLE}`, bridge.schema.fields],
]);
