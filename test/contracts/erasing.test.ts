import bridgeTable from '../../bigquery-schemas/restricted/pseudonym_bridge.json' with { type: 'json' };
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { ShiftedClock } from '../../emulators/shared/shifted-clock.ts';
import { createErasures } from '../../functions/services/erasures.ts';
import { createRowEraser } from '../../functions/services/row-eraser.ts';
import { createRowSink } from '../../functions/services/row-sink.ts';
import { createTombstones } from '../../functions/services/tombstones.ts';
import { createBigQuery, createLocalApi } from './bigquery.ts';
import { erasuresContract, rowEraserContract, tombstonesContract } from './erasing.contract.ts';
import { FakeErasures } from './fakes/erasures.ts';
import { FakeRowEraser } from './fakes/row-eraser.ts';
import { FakeRowSink } from './fakes/row-sink.ts';
import { FakeTombstones } from './fakes/tombstones.ts';
import { startFirestoreWithClient } from './firestore.ts';
import { readTableSchema } from './table-schema.ts';

const HOUR = 3_600_000;
const CELLS = {
  exercise_type: 'squat',
  status: 'completed',
  start_time: '2026-01-01T00:00:00.000Z',
  created_at: '2026-01-01T00:00:00.000Z',
  pseudonym_key_version: 1,
  warnings: [],
  synced_at: '2026-01-01T00:00:00.000Z',
};

const close = async () => {};

erasuresContract('fake', async () => ({ erasures: new FakeErasures(), close }));

erasuresContract('Firestore on the emulator', async () => {
  const { stored, connect, close: stop } = await startFirestoreWithClient();
  return { erasures: createErasures(stored, connect, 'bigqueryErasures', () => {}), close: stop };
});

tombstonesContract('fake', async () => ({ tombstones: new FakeTombstones(), close }));

tombstonesContract('Firestore on the emulator', async () => {
  const { stored, close: stop } = await startFirestoreWithClient();
  return { tombstones: createTombstones(stored, 'bigqueryErasedPersons'), close: stop };
});

rowEraserContract(
  'fake',
  async () => {
    const rowSink = new FakeRowSink(['sessions']);
    const settled = new Set<unknown>();
    const rows = () => rowSink.rows('sessions');
    return {
      rowSink,
      rowEraser: new FakeRowEraser(rows, (row) => !settled.has(row)),
      stored: async () => rows().map(({ json }) => json['user_id_hash']),
      settle: async () => rows().forEach((row) => settled.add(row)),
      close,
    };
  },
  CELLS,
);

rowEraserContract(
  'BigQuery on the emulator',
  async () => {
    const clock = new ShiftedClock();
    const emulator = await startBigQuery({ port: 0, faults: new Faults(), clock, log: () => {} });
    const bigquery = createBigQuery(emulator.port);
    const tables = { project: 'demo-local', dataset: 'analytics' };
    const dataset = bigquery.dataset('analytics');
    await dataset.create({ maxTimeTravelHours: '48' });
    await dataset.createTable('sessions', { schema: readTableSchema('sessions').schema });
    return {
      rowSink: createRowSink(createLocalApi(emulator.port), tables),
      rowEraser: createRowEraser(async () => bigquery, tables),
      stored: async () => {
        const [rows] = await bigquery.query('SELECT user_id_hash AS hash FROM analytics.sessions');
        return rows.map((row: { readonly hash: string }) => row.hash);
      },
      pairs: {
        async add(pairs) {
          const restricted = bigquery.dataset('analytics_restricted');
          await restricted.create();
          await restricted.createTable('pseudonym_bridge', { schema: bridgeTable.schema });
          await bigquery.query({
            query: `INSERT INTO analytics_restricted.pseudonym_bridge
              (column_name, old_version, new_version, old_pseudonym, new_pseudonym, created_at)
              VALUES ${pairs.map(([name, old, now]) => `('${name}', 1, 2, '${old}', '${now}', CURRENT_TIMESTAMP())`).join(', ')}`,
          });
        },
        async left() {
          const [rows] = await bigquery.query(
            'SELECT CONCAT(column_name, " ", old_pseudonym) AS pair FROM analytics_restricted.pseudonym_bridge ORDER BY pair',
          );
          return rows.map((row: { readonly pair: string }) => row.pair);
        },
      },
      settle: async () => clock.advance(2 * HOUR),
      close: () => emulator.close(),
    };
  },
  CELLS,
);
