// What the BigQuery emulator does in a second, over real HTTP. Client and server share one process, so memory is
// that of both. Run: node bench/emulators/bigquery.ts [seconds per measure]
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { megabytes, perSecond, print } from './print.ts';

const SECONDS = Math.min(Number(process.argv[2] ?? 4), 10);
const CONCURRENCY = 8;

const emulator = await startBigQuery({
  port: 0,
  clock: systemClock,
  faults: new Faults(Date.now),
  log: () => undefined,
});
const base = `http://127.0.0.1:${emulator.port}/bigquery/v2/projects/bench`;

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok || text.includes('insertErrors')) throw new Error(text);
}

let id = 0;
const insert = (count: number) => () =>
  post('/datasets/d/tables/t/insertAll', {
    rows: Array.from({ length: count }, () => {
      const insertId = String(++id);
      return {
        insertId,
        json: { id: insertId, n: id, at: '2026-01-01T00:00:00Z', place: { city: 'Kyoto' } },
      };
    }),
  });
const query = (sql: string) => () => post('/queries', { query: sql, useLegacySql: false });

async function measure(work: string, concurrency: number, once: () => Promise<void>): Promise<void> {
  await once();
  const times: number[] = [];
  const start = performance.now();
  const end = start + SECONDS * 1000;
  const worker = async () => {
    while (performance.now() < end) {
      const began = performance.now();
      await once();
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const elapsed = performance.now() - start;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!.toFixed(0);
  print(`${work} (p50 ${at(0.5)} ms, p99 ${at(0.99)} ms)`, perSecond(times.length, elapsed));
}

print('memory, empty', megabytes(process.memoryUsage.rss()));
await post('/datasets', { datasetReference: { datasetId: 'd' } });
await query(
  'CREATE TABLE d.t (id STRING, n INT64, at TIMESTAMP, place STRUCT<city STRING>); CREATE TABLE d.small AS SELECT n, MOD(n, 7) AS k FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n',
)();

await measure('insertAll, 1 row', CONCURRENCY, insert(1));
await measure('insertAll, 500 rows', CONCURRENCY, insert(500));
await measure('SELECT 1', 1, query('SELECT 1'));
await measure('aggregate over 1,000 rows', 1, query('SELECT k, COUNT(*), SUM(n) FROM d.small GROUP BY k'));
await measure('INSERT by DML', 1, query('INSERT INTO d.small (n, k) VALUES (1, 1)'));
await query('SELECT COUNT(*) FROM d.t')();
print(`memory, ${id} rows streamed`, megabytes(process.memoryUsage.rss()));
await emulator.close();
