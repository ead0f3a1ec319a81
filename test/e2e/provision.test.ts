// A project from nothing, as its operator sees it: doctor says what is missing, plan lists it, provision makes it, doctor
// is content, and rows arrive. Each command is a process of its own.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Timestamp } from '@google-cloud/firestore';
import { readWantedFirestore } from '../../cli/provision/firestore.ts';
import { completedSession, operate, startPipeline, TABLE, type Pipeline } from './harness.ts';

let pipeline: Pipeline;
beforeAll(async () => {
  // A project in which nothing was ever made.
  pipeline = await startPipeline({ prepare: async () => undefined, queueYaml: false });
}, 60_000);
afterAll(() => pipeline.close());

interface Finding {
  readonly area: string;
  readonly state: string;
  readonly what: string;
  readonly remedy?: string;
}
async function doctor(): Promise<{ code: number; errors: readonly Finding[] }> {
  const { code, stdout } = await operate(pipeline, 'doctor', '--json');
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { code, errors: findings.filter(({ state }) => state === 'error') };
}
async function ask(...args: string[]): Promise<{ code: number; told: Record<string, unknown> }> {
  const { code, stdout } = await operate(pipeline, ...args, '--json');
  return { code, told: JSON.parse(stdout) as Record<string, unknown> };
}

/** As if the minute had passed after which a task is overdue. */
async function sweepNow(): Promise<void> {
  const pending = pipeline.firestore.collection('bigquerySyncFailures').where('status', '==', 'pending');
  const { docs } = await pending.get();
  await Promise.all(
    docs.map(({ ref }) => ref.update({ nextAttemptAt: Timestamp.fromMillis(Date.now() - 120_000) })),
  );
  expect(await pipeline.suite.runSchedule('internal_sweepSyncFailures')).toBe(200);
}

test('a fresh project is found wanting, provisioned, found healthy, and takes rows that came before', async () => {
  const { firestore } = pipeline;
  // What is completed before anything is provisioned waits: nothing is lost by the wrong order.
  await firestore.doc('users/u1/sessions/early').create(completedSession());

  const before = await doctor();
  expect(before.code).toBe(1);
  for (const what of [
    'dataset analytics_production',
    'table sessions',
    'view sessions_latest',
    'queue bigquery-sync-queue',
  ])
    expect(before.errors.map((finding) => finding.what)).toContainEqual(`${what} is missing`);
  expect(before.errors.filter(({ what }) => what.startsWith('index of'))).toHaveLength(
    readWantedFirestore().indexes.length,
  );
  for (const { remedy } of before.errors) expect(remedy).toBe('npm run pipeline -- provision');

  const planned = await ask('plan');
  expect(planned.code).toBe(1);
  const dryRun = await ask('provision', '--dry-run');
  expect(dryRun).toEqual(planned);
  await expect(pipeline.bigquery.dataset('analytics_production').exists()).resolves.toEqual([false]);

  const provisioned = await ask('provision');
  expect(provisioned).toMatchObject({
    code: 0,
    told: { done: planned.told['toApply'], refused: 0, failed: 0 },
  });
  expect(await ask('plan')).toMatchObject({ code: 0, told: { toApply: 0, refused: 0, changes: [] } });
  expect(await ask('provision')).toMatchObject({ code: 0, told: { done: 0, changes: [] } });
  expect(await doctor()).toEqual({ code: 0, errors: [] });

  await firestore.doc('users/u1/sessions/late').create(completedSession());
  await sweepNow();
  await pipeline.settled();
  const rows = await pipeline.query(`SELECT session_id FROM ${TABLE}_latest ORDER BY session_id`);
  expect(rows).toEqual([{ session_id: 'early' }, { session_id: 'late' }]);
}, 180_000);

test('doctor finds what somebody changed behind its back, and a paused queue', async () => {
  const { bigquery, suite } = pipeline;
  await bigquery.query(`ALTER TABLE ${TABLE} DROP COLUMN set_count`);
  const queue = `http://127.0.0.1:${suite.ports.tasks}/v2/projects/${suite.project}/locations/${suite.region}/queues/bigquery-sync-queue`;
  await fetch(`${queue}:pause`, { method: 'POST' });
  const { code, errors } = await doctor();
  expect(code).toBe(1);
  expect(errors).toMatchObject([
    {
      area: 'BigQuery',
      what: 'column sessions.set_count is missing',
      remedy: 'npm run pipeline -- provision',
    },
    { area: 'Cloud Tasks', remedy: expect.stringContaining('gcloud tasks queues resume') },
  ]);
  await ask('provision');
  await fetch(`${queue}:resume`, { method: 'POST' });
  expect(await doctor()).toEqual({ code: 0, errors: [] });
}, 120_000);

test.each(['plan', 'provision', 'doctor'])('%s has --help, and a wrong flag ends it with 2', async (verb) => {
  const help = await operate(pipeline, verb, '--help');
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const flag of ['--project', '--json', '--location']) expect(help.stdout).toContain(flag);
  expect(await operate(pipeline, verb, '--wrong')).toMatchObject({ code: 2, stdout: '' });
});
