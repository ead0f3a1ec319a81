// What provisioning does about retention: right from the start in a new dataset, and only when asked in an old one.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { BigQuery } from '@google-cloud/bigquery';
import { startBigQuery } from '../emulators/bigquery/server.ts';
import { systemClock } from '../emulators/shared/clock.ts';
import type { Emulator } from '../emulators/shared/emulator.ts';
import { Faults } from '../emulators/shared/faults.ts';
import { createBigQuery } from '../test/contracts/bigquery.ts';
import { DATASET, provision } from './provision.ts';
import { TABLES } from './tables.ts';

let emulator: Emulator;
let bigquery: BigQuery;
beforeEach(async () => {
  emulator = await startBigQuery({ port: 0, faults: new Faults(), clock: systemClock, log: () => {} });
  bigquery = createBigQuery(emulator.port);
});
afterEach(() => emulator.close());

async function run(retention?: boolean): Promise<string[]> {
  const lines: string[] = [];
  await provision({
    project: 'demo-local',
    env: { BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${emulator.port}` },
    log: (line) => lines.push(line),
    ...(retention === undefined ? {} : { retention }),
  });
  return lines;
}
const kept = async () => {
  const dataset = bigquery.dataset(DATASET);
  const [[{ maxTimeTravelHours }], [{ timePartitioning }]] = await Promise.all([
    dataset.getMetadata(),
    dataset.table('sessions').getMetadata(),
  ]);
  return { hours: maxTimeTravelHours, ms: timePartitioning.expirationMs, by: timePartitioning.field };
};
const WANTED = { hours: '48', ms: '94694400000', by: 'source_updated_at' };

test('a new dataset forgets when the schemas say, and a second run finds all as wanted', async () => {
  await expect(run()).resolves.toEqual([
    'created dataset analytics_production',
    'created table sessions',
    'created view sessions_latest',
    'created view sessions_published',
  ]);
  await expect(kept()).resolves.toEqual(WANTED);
  await expect(run(true)).resolves.toEqual([
    'table sessions is as wanted',
    'view sessions_latest is as wanted',
    'view sessions_published is as wanted',
  ]);
});

test('an old dataset is told of, and forgets nothing until that is asked for', async () => {
  const [dataset] = await bigquery.createDataset(DATASET, {});
  const { timePartitioning, clustering, schema } = TABLES.get('sessions')!;
  const { expirationMs: _, ...forEver } = timePartitioning;
  await dataset.createTable('sessions', { timePartitioning: forEver, clustering, schema });

  const told = await run();
  expect(told).toContain(
    'time travel of 168 hours, wanted 48: "provision --retention" sets it, and what is older goes',
  );
  expect(told).toContain(
    'table sessions keeps rows for ever, wanted 1096 days: "provision --retention" sets it, and what is older goes',
  );
  expect((await kept()).ms).toBeUndefined();

  await expect(run(true)).resolves.toContain('table sessions keeps rows for ever, wanted 1096 days: set');
  await expect(kept()).resolves.toEqual(WANTED);
});
