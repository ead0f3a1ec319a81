// The comparison of docs/migration.md, run as it stands: on the extension's changelog, with its columns and its JSON, and
// on our table and view.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BigQuery, TableField } from '@google-cloud/bigquery';
import * as z from 'zod';
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import type { Emulator } from '../../emulators/shared/emulator.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { createBigQuery } from '../../test/contracts/bigquery.ts';
import { readTableSchema } from '../../test/contracts/table-schema.ts';
import { CHANGELOG } from '../../test/sql/tables.ts';
import { readCode } from './read-code.ts';

let emulator: Emulator;
let bigquery: BigQuery;

beforeAll(async () => {
  emulator = await startBigQuery({ port: 0, faults: new Faults(), clock: systemClock, log: () => {} });
  bigquery = createBigQuery(emulator.port);
  const dataset = bigquery.dataset('both');
  await dataset.create();
  await dataset.createTable('training_raw_changelog', {
    schema: { fields: CHANGELOG as TableField[] },
    timePartitioning: { type: 'DAY', field: 'timestamp' },
  });
  const { schema, timePartitioning, clustering } = readTableSchema('sessions');
  await dataset.createTable('sessions', { schema, timePartitioning, clustering });
  const view = path.join(__dirname, '..', '..', 'bigquery-schemas', 'views', 'sessions_latest.sql');
  const query = readFileSync(view, 'utf8').replaceAll('${dataset}', 'both');
  await dataset.createTable('sessions_latest', { view: { query, useLegacySql: false } });
});
afterAll(() => emulator.close());

const at = (minute: number) => new Date(Date.UTC(2026, 5, 1, 12, minute)).toISOString();

interface Change {
  readonly id: string;
  readonly minute: number;
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE' | 'IMPORT';
  readonly data?: object | null;
  readonly old?: object | null;
  readonly timestamp?: string;
}
const started = { status: 'active', exerciseType: 'squat' };
const done = {
  status: 'completed',
  exerciseType: 'squat',
  duration: 60,
  startTime: { _seconds: 1, _nanoseconds: 0 },
};

function toChangelog(change: Change): object {
  const { id, minute, operation = 'UPDATE', data = done, old = started, timestamp = at(minute) } = change;
  return {
    timestamp,
    event_id: operation === 'IMPORT' ? '' : `${id}-${minute}`,
    document_name: `projects/p/databases/(default)/documents/users/u1/sessions/${id}`,
    document_id: id,
    operation,
    data: data && JSON.stringify(data),
    old_data: old && JSON.stringify(old),
  };
}

function toRow(id: string, minute: number, cells: object = {}): object {
  return {
    user_id_hash: 'a'.repeat(64),
    session_id: id,
    exercise_type: 'squat',
    start_time: at(0),
    status: 'completed',
    duration: 60,
    created_at: at(0),
    source_updated_at: at(minute),
    pseudonym_key_version: 1,
    synced_at: at(minute),
    ...cells,
  };
}

const verdictSchema = z.object({ verdict: z.string(), sessions: z.number(), examples: z.array(z.string()) });

async function compare(): Promise<Readonly<Record<string, readonly string[]>>> {
  const [sql = ''] = readCode('migration.md', 'sql');
  const query = sql.replaceAll('${dataset}', 'both').replaceAll('${name}', 'training');
  const since = new Date(at(0));
  const [rows] = await bigquery.query({ query, params: { since } });
  const found = z.array(verdictSchema).parse(rows);
  for (const { sessions, examples } of found) expect(examples).toHaveLength(Math.min(3, sessions));
  return Object.fromEntries(found.map(({ verdict, examples }) => [verdict, examples]));
}

test('every session gets the verdict that the page explains', async () => {
  const deleted = { operation: 'DELETE', data: null, old: done } as const;
  await bigquery
    .dataset('both')
    .table('training_raw_changelog')
    .insert(
      [
        { id: 's1-same', minute: 1, operation: 'CREATE', data: started, old: null },
        { id: 's1-same', minute: 2 },
        { id: 's1-same', minute: 3, data: { ...done, bigquerySyncStatus: 'synced' }, old: done }, // our status
        { id: 's2-completed-at-once', minute: 2, operation: 'CREATE', old: null },
        { id: 's3-here-late', minute: 2 },
        { id: 's4-completed-again', minute: 2 },
        { id: 's4-completed-again', minute: 20 },
        { id: 's5-edited', minute: 2, data: { ...done, duration: 61 } },
        { id: 's7-never-completed', minute: 2, operation: 'CREATE', data: started, old: null },
        { id: 's8-deleted', minute: 2 },
        { id: 's8-deleted', minute: 4, ...deleted },
        { id: 's9-imported', minute: 0, operation: 'IMPORT', old: null, timestamp: '1970-01-01T00:00:00Z' },
        {
          id: 's10-imported-and-old',
          minute: 0,
          operation: 'IMPORT',
          old: null,
          timestamp: '1970-01-01T00:00:00Z',
        },
      ].map((change) => toChangelog(change as Change)),
    );
  await bigquery
    .dataset('both')
    .table('sessions')
    .insert([
      toRow('s1-same', 2),
      toRow('s1-same', 2, { synced_at: at(9) }), // twice in the raw table
      toRow('s2-completed-at-once', 2),
      toRow('s4-completed-again', 2),
      toRow('s5-edited', 2),
      toRow('s6-lost-there', 2),
      toRow('s8-deleted', 2),
      toRow('s9-imported', 2),
    ]);
  await expect(compare()).resolves.toEqual({
    same: ['s1-same', 's2-completed-at-once', 's8-deleted'],
    'missing here': ['s3-here-late'],
    'missing there': ['s6-lost-there'],
    'older here': ['s4-completed-again'],
    different: ['s5-edited'],
    'imported, and older than since': ['s10-imported-and-old'],
  });
});

test('what was missing or old is the same when our row has come', async () => {
  await bigquery
    .dataset('both')
    .table('sessions')
    .insert([
      toRow('s3-here-late', 2),
      toRow('s4-completed-again', 20),
      toRow('s5-edited', 6, { duration: 61 }),
    ]);
  const verdicts = await compare();
  expect(Object.keys(verdicts).toSorted()).toEqual([
    'imported, and older than since',
    'missing there',
    'same',
  ]);
});

test('every verdict of the query stands in the page, and no other', () => {
  const [sql = ''] = readCode('migration.md', 'sql');
  const verdicts = [...sql.matchAll(/(?:THEN|ELSE) '([^']+)'/g)].map(([, verdict]) => String(verdict));
  const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'migration.md'), 'utf8');
  const table = page.slice(page.indexOf('| verdict |')).split('\n\n')[0] ?? '';
  const listed = table
    .split('\n')
    .slice(2)
    .map((line) => String(line.split('|')[1]).trim());
  expect(listed.toSorted()).toEqual(verdicts.toSorted());
});
