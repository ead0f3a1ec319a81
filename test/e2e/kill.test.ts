// The functions host is killed, not stopped, while sessions arrive and BigQuery fails; it comes back by itself.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../emulators/shared/until.ts';
import { completedSession, outage, startPipeline, TABLE, type Pipeline } from './harness.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline();
}, 60_000);
afterAll(() => pipeline.close());

test('SIGKILL in the middle loses nothing and doubles nothing', async () => {
  const { suite, firestore, bigquery } = pipeline;
  const sessions = 150;
  const visible = async () => Number((await pipeline.query(`SELECT COUNT(*) AS n FROM ${TABLE}`))[0]?.['n']);
  const kill = async () => {
    const { pid } = suite.functions;
    if (pid === undefined) throw new Error('The host should be running');
    process.kill(pid, 'SIGKILL');
    await until(() => suite.functions.pid !== undefined && suite.functions.pid !== pid);
  };

  suite.faults.add(outage('before', 6));
  suite.faults.add(outage('after', 6));
  const writing = Promise.all(
    Array.from({ length: sessions }, async (_, i) => {
      const reference = firestore.doc(`users/user-${i % 7}/sessions/s${i}`);
      await reference.create({ status: 'in_progress' });
      await reference.update(completedSession({ repCount: i }));
    }),
  );
  await until(async () => (await visible()) > 0);
  await kill();
  await writing;
  await kill();
  await pipeline.settled();

  const [keys] = await bigquery.query(`SELECT session_id, rep_count FROM ${TABLE}_latest`);
  expect(new Set(keys.map((row) => row.session_id)).size).toBe(sessions);
  expect(keys).toHaveLength(sessions);
  expect((await pipeline.failures()).filter((failure) => failure['status'] !== 'resolved')).toEqual([]);
}, 120_000);
