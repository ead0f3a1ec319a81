// The insert stage alone: the very rows that the built functions send, through their row sink and by hand.
import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { listen, LOOPBACK, readBody } from '../../emulators/shared/http.ts';
import { drive } from './drive.ts';
import type { Emulators } from './emulators.ts';
import { startFunction, startMeasured } from './measured-process.ts';
import type { Figures } from './results.ts';
import type { Variant } from './variants.ts';

interface Row {
  readonly insertId: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface InsertStage {
  readonly emulators: Emulators;
  readonly dist: string;
  /** `variants/insert.ts` as JavaScript. */
  readonly program: string;
  readonly rows: readonly Row[];
}

/** What ours sends to BigQuery for so many sessions: a server that takes all and keeps it stands in for BigQuery. */
export async function recordRows(emulators: Emulators, ours: Variant, count: number): Promise<Row[]> {
  const rows: Row[] = [];
  const recorder = http.createServer((request, response) => {
    void readBody(request).then((body) => {
      const isPacked = request.headers['content-encoding'] === 'gzip';
      const text = (isPacked ? gunzipSync(body) : body).toString('utf8');
      if (request.url?.includes('/insertAll')) rows.push(...(JSON.parse(text) as { rows: Row[] }).rows);
      response
        .setHeader('content-type', 'application/json')
        .end('{"kind":"bigquery#tableDataInsertAllResponse"}');
    });
  });
  const port = await listen(recorder, 0);
  const env = { ...emulators.env, BIGQUERY_EMULATOR_HOST: `http://${LOOPBACK}:${port}` };
  const process = await startFunction(ours, env);
  try {
    await process.listening();
    const loaded = await emulators.ask('load', { count, seed: 999_999, kind: 'completion' });
    const { failure } = await drive(
      process.url,
      loaded.map(({ event }) => event),
      80,
    );
    if (failure !== undefined) throw new Error(`An event was answered with ${failure}\n${process.output()}`);
  } finally {
    await process.stop();
    recorder.closeAllConnections();
    recorder.close();
  }
  if (rows.length !== count) throw new Error(`${count} sessions made ${rows.length} rows`);
  return rows;
}

/** One process of each, a pass to warm up, and one that is measured. */
export async function runInsertStage(stage: InsertStage, run: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  const contestants = [
    { variant: 'floor', argument: 'floor' },
    { variant: 'ours, insert stage alone', argument: stage.dist },
  ];
  for (const { variant, argument } of run % 2 === 0 ? contestants : contestants.toReversed()) {
    const { emulators, program, rows } = stage;
    const process = startMeasured([program, argument], emulators.env);
    try {
      await process.message();
      let cpuMsPerRow = 0;
      for (const pass of [0, 1]) {
        await emulators.ask('clear');
        process.send({ table: 'sessions', rows: fresh(rows, `${run}-${pass}-${variant.length}`) });
        ({ cpuMsPerRow } = (await process.message()) as { cpuMsPerRow: number });
        const found = await emulators.ask('rows', { table: 'sessions', key: 'session_id' });
        if (found !== rows.length) throw new Error(`${variant}: ${found} rows of ${rows.length} arrived`);
      }
      figures.push({ run, variant, documents: rows.length, cpuMsPerDocument: cpuMsPerRow });
    } finally {
      await process.stop();
    }
  }
  return figures;
}

/** BigQuery remembers insertIds for a minute. */
function fresh(rows: readonly Row[], mark: string): Row[] {
  return rows.map(({ insertId, json }) => ({ insertId: `${insertId.slice(0, 50)}-${mark}`, json }));
}
