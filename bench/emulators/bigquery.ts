// What the BigQuery emulator does in a second and what a row costs. Over real HTTP, client and server in
// one process, so CPU is that of both. Run: node bench/emulators/bigquery.ts [seconds per measure]
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';

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

interface Line {
  readonly work: string;
  readonly 'operations/s': number;
  readonly 'p50 ms': number;
  readonly 'p99 ms': number;
  readonly 'CPU ms/row': string;
}

async function measure(
  work: string,
  rows: number,
  concurrency: number,
  once: () => Promise<void>,
): Promise<Line> {
  await once();
  const times: number[] = [];
  const cpu = process.cpuUsage();
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
  const { user, system } = process.cpuUsage(cpu);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.floor(sorted.length * share)]!.toFixed(1));
  return {
    work,
    'operations/s': Math.round((times.length / elapsed) * 1000),
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'CPU ms/row': ((user + system) / 1000 / (times.length * rows)).toFixed(4),
  };
}

await post('/datasets', { datasetReference: { datasetId: 'd' } });
await query(
  'CREATE TABLE d.t (id STRING, n INT64, at TIMESTAMP, place STRUCT<city STRING>); CREATE TABLE d.small AS SELECT n, MOD(n, 7) AS k FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n',
)();

console.table([
  await measure('insertAll, 1 row', 1, CONCURRENCY, insert(1)),
  await measure('insertAll, 500 rows', 500, CONCURRENCY, insert(500)),
  await measure('SELECT 1', 1, 1, query('SELECT 1')),
  await measure(
    'aggregate over 1,000 rows',
    1,
    1,
    query('SELECT k, COUNT(*), SUM(n) FROM d.small GROUP BY k'),
  ),
  await measure('INSERT by DML', 1, 1, query('INSERT INTO d.small (n, k) VALUES (1, 1)')),
]);
await query('SELECT COUNT(*) FROM d.t')();
const { rss } = process.memoryUsage();
console.log(
  `${id} rows streamed, ${Math.round(rss / 2 ** 20)} MB resident, ${Math.round(rss / id)} bytes per row`,
);
await emulator.close();
