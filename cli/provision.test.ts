// What a suite makes when it starts: all that its parts can hold, and an error where that fails.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { BigQuery } from '@google-cloud/bigquery';
import { startBigQuery } from '../emulators/bigquery/server.ts';
import { startFirestore } from '../emulators/firestore/server.ts';
import { systemClock } from '../emulators/shared/clock.ts';
import type { Emulator } from '../emulators/shared/emulator.ts';
import { Faults } from '../emulators/shared/faults.ts';
import { createBigQuery } from '../test/contracts/bigquery.ts';
import { DATASET, provision } from './provision.ts';

const faults = new Faults();
let emulators: { readonly bigquery: Emulator; readonly firestore: Emulator };
let bigquery: BigQuery;
beforeAll(async () => {
  const options = { port: 0, faults, clock: systemClock, log: () => {} };
  emulators = { bigquery: await startBigQuery(options), firestore: await startFirestore(options) };
  bigquery = createBigQuery(emulators.bigquery.port);
});
afterAll(() => Promise.all([emulators.bigquery.close(), emulators.firestore.close()]));
beforeEach(async () => {
  faults.clear();
  await Promise.all([emulators.bigquery.clear(), emulators.firestore.clear()]);
});

const env = () => ({ BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${emulators.bigquery.port}` });
const indexes = async () => {
  const path = `projects/demo-local/databases/(default)/collectionGroups/sessions/indexes`;
  const headers = { authorization: 'Bearer owner' };
  const answer = await fetch(`http://127.0.0.1:${emulators.firestore.port}/v1/${path}`, { headers });
  return ((await answer.json()) as { indexes: unknown[] }).indexes;
};

test('what runs is provisioned, and what does not run is left out', async () => {
  await provision({ project: 'demo-local', env: env() });
  expect((await bigquery.dataset(DATASET).getTables())[0].map(({ id }) => id)).toEqual(
    expect.arrayContaining(['sessions', 'sessions_latest', 'sessions_published']),
  );
  expect(await indexes()).toEqual([]);
  const all = { ...env(), FIRESTORE_EMULATOR_HOST: `127.0.0.1:${emulators.firestore.port}` };
  await provision({ project: 'demo-local', env: all });
  expect(await indexes()).not.toEqual([]);
});

test('a refusal is told, and keeps no suite from starting', async () => {
  await bigquery.createDataset(DATASET, { location: 'EU', maxTimeTravelHours: '48' });
  const told: string[] = [];
  await provision({ project: 'demo-local', env: env(), log: (line) => told.push(line) });
  expect(told).toEqual([expect.stringContaining(`refuse dataset ${DATASET}: EU → asia-northeast1`)]);
  await expect(bigquery.dataset(DATASET).table('sessions').exists()).resolves.toEqual([true]);
});

test('a failure throws, and names what could not be made', async () => {
  faults.add({
    service: 'bigquery',
    method: 'tables.insert',
    phase: 'before',
    status: 500,
    reason: 'backendError',
  });
  await expect(provision({ project: 'demo-local', env: env() })).rejects.toThrow(
    /^Cannot provision table \w+: /,
  );
});
