import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import { createRowSink } from '../../functions/services/row-sink.ts';
import { parseDocument } from '../../functions/steps/parse-document.ts';
import { parseKeyring } from '../../functions/steps/pseudonym-key.ts';
import { pseudonymise } from '../../functions/steps/pseudonymise.ts';
import { toInsertRow } from '../../functions/steps/to-insert-row.ts';
import { createBigQuery, createLocalApi } from './bigquery.ts';
import { FAKE_SCOPE, FAKE_SECRET } from './fakes/context.ts';
import { FakeRowSink } from './fakes/row-sink.ts';
import { rowSinkContract, type RowSinkHarness } from './row-sink.contract.ts';
import { legalSessions } from './session-documents.ts';
import { readTableSchema } from './table-schema.ts';

rowSinkContract('fake', async () => {
  const sink = new FakeRowSink(['sessions']);
  return {
    sink,
    stored: async (...columns) =>
      sink.rows('sessions').map(({ json }) => columns.map((column) => json[column] ?? null)),
    failNext: (phase, httpStatus, reason) => sink.failNext(phase, { httpStatus, reasons: [{ reason }] }),
    close: async () => {},
  };
});

async function onEmulator(): Promise<RowSinkHarness> {
  const faults = new Faults();
  const emulator = await startBigQuery({ port: 0, faults, clock: systemClock, log: () => {} });
  const bigquery = createBigQuery(emulator.port);
  const dataset = bigquery.dataset('analytics');
  await dataset.create();
  const { schema, timePartitioning, clustering } = readTableSchema('sessions');
  const [table] = await dataset.createTable('sessions', { schema, timePartitioning, clustering });
  return {
    sink: createRowSink(createLocalApi(emulator.port), { project: 'demo-local', dataset: 'analytics' }),
    stored: async (...columns) => {
      const [rows] = await table.getRows();
      return rows.map((row: Record<string, unknown>) => columns.map((column) => row[column] ?? null));
    },
    failNext: (phase, status, reason) =>
      void faults.add({ service: 'bigquery', method: 'insertAll', phase, status, reason, count: 1 }),
    close: () => emulator.close(),
  };
}

rowSinkContract('BigQuery on the emulator', onEmulator);

test('BigQuery on the emulator takes the row of every legal session, and gives its values back', async () => {
  const emulated = await onEmulator();
  try {
    const version = { updateTime: '2026-01-01T00:00:01.000001Z', contentHash: 'c' };
    const key = parseKeyring(FAKE_SECRET, FAKE_SCOPE).active;
    const rows = fc.sample(legalSessions, { numRuns: 200, seed: 1 }).map((data, i) => {
      const source = { path: `users/u1/sessions/s${String(i).padStart(3, '0')}`, data, version };
      const parsed = parseDocument(sessions, source);
      if (!parsed.ok) throw new Error(parsed.reason);
      return toInsertRow(sessions, source, pseudonymise(sessions, source, parsed.document, key), new Date(0));
    });
    const verdicts = await Promise.all(rows.map((row) => emulated.sink.insert('sessions', row)));
    expect(verdicts.filter((verdict) => !verdict.stored)).toEqual([]);

    const columns = ['session_id', 'exercise_type', 'rep_count', 'platform', 'warnings'] as const;
    const back = await emulated.stored(...columns);
    const byId = new Map(back.map(([id, ...cells]) => [id, cells]));
    for (const { json } of rows) {
      expect(byId.get(json['session_id'])).toEqual(columns.slice(1).map((column) => json[column]));
    }
  } finally {
    await emulated.close();
  }
});
