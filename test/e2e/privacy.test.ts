// What an analyst and an operator get to see of persons, from the built code on.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { completedSession, operate, startPipeline, type Pipeline } from './harness.ts';

let pipeline: Pipeline;

/** Six persons with a common device in one hour, one of them twice; a seventh alone with a rare one. */
beforeAll(async () => {
  pipeline = await startPipeline();
  const { firestore } = pipeline;
  const session = (deviceModel: string) =>
    completedSession({
      sessionMetadata: { deviceInfo: { platform: 'iOS', osVersion: '19.1', deviceModel } },
    });
  await Promise.all([
    ...[1, 2, 3, 4, 5, 6].map((i) => firestore.doc(`users/user-${i}/sessions/s1`).create(session('common'))),
    firestore.doc('users/user-1/sessions/s2').create(session('common')),
    firestore.doc('users/user-7/sessions/s1').create(session('rare-7f3a')),
  ]);
  await pipeline.settled();
}, 60_000);
afterAll(() => pipeline.close());

describe('the re-identification report', () => {
  test('counts who stands alone, for each combination of what may be known', async () => {
    const { code, stdout } = await operate(pipeline, 'privacy', 'report', '--json');
    expect(code).toBe(0);
    const [{ combinations, smallest, ...rest }] = JSON.parse(stdout);
    expect(rest).toEqual({ pipeline: 'sessions', k: 5, sensitive: 'exercise_type' });
    expect(combinations).toHaveLength(15);
    const counted = {
      rows: 8,
      persons: 7,
      aloneRows: 1,
      alonePersons: 1,
      smallRows: 1,
      smallGroups: 1,
      k: 1,
      l: 1,
    };
    expect(combinations.at(-1)).toMatchObject({ groups: 2, ...counted });
    expect(combinations[0]).toMatchObject({ known: ['platform'], groups: 1, k: 7, aloneRows: 0 });
    expect(smallest).toEqual([
      { persons: 1, rows: 1, l: 1 },
      { persons: 6, rows: 7, l: 1 },
    ]);
  });

  test('shows counts to people, and values only when asked for', async () => {
    const told = await operate(pipeline, 'privacy', 'report', '--k', '8');
    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('sessions: 8 rows of 7 persons') });
    expect(told.stdout).toMatch(
      /platform, os_version \(major\), device_model, start_time \(hour\).* 8 \(100 %\)/,
    );
    expect(told.stdout).not.toContain('rare-7f3a');
    const asked = await operate(pipeline, 'privacy', 'report', '--show-groups');
    expect(asked.stdout).toMatch(/1 +1 +1 +iOS +19 +rare-7f3a/);
    for (const { stdout } of [told, asked]) expect(stdout).not.toMatch(/user-\d|[0-9a-f]{64}/);
  });

  test('refuses a pipeline that it does not know', async () => {
    const told = await operate(pipeline, 'privacy', 'report', '--pipeline', 'orders');
    expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining('--pipeline knows: sessions, ') });
  });
});

test('the published view shows the common device and not the rare one', async () => {
  const rows = await pipeline.query('SELECT * FROM analytics_production.sessions_published');
  expect(rows).toHaveLength(7);
  expect(new Set(rows.map(({ device_model }) => device_model))).toEqual(new Set(['common']));
  expect(JSON.stringify(rows)).not.toMatch(/user-\d|[0-9a-f]{64}|s1/);
});
