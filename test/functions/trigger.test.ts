// session_onComplete through firebase-functions-test, with nothing configured: what does not concern it must cost
// nothing, and what does must fail with a clear word.
import { said } from './captured-console.ts';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { getApps } from 'firebase-admin/app';
import functionsTest from 'firebase-functions-test';
import { influencer_onChange, session_onComplete } from '../../functions/index.ts';

const PATH = 'users/u1/sessions/s1';
const { wrap, firestore, makeChange, cleanup } = functionsTest();
const run = wrap(session_onComplete) as (event: object) => unknown;

const started = { exerciseType: 'squat', status: 'active' };
const completed = { ...started, status: 'completed' };
const none = {};

/** The event of a write; `none` stands for a document that is not there. */
function change(before: object, after: object): object {
  const [a, b] = [before, after].map((data) => firestore.makeDocumentSnapshot(data, PATH));
  return { data: makeChange(a, b), params: { userId: 'u1', sessionId: 's1' } };
}

/** Snapshots need a project to be made; the function gets none unless a test says so. */
function unconfigure(): void {
  for (const name of ['GCLOUD_PROJECT', 'GOOGLE_CLOUD_PROJECT', 'PSEUDONYMIZATION_SALT'])
    delete process.env[name];
}

const hasDefaultApp = () => getApps().some(({ name }) => name === '[DEFAULT]');

beforeEach(unconfigure);
afterAll(cleanup);

describe('a write that completes nothing returns at once: nothing is awaited, configured or created', () => {
  test.each([
    ['a session begins', none, started],
    ['a session goes on', started, { ...started, repCount: 1 }],
    ['a session is deleted', started, none],
    ['a completed session is deleted', completed, none],
    ['a completed session changes', completed, { ...completed, repCount: 1 }],
    [
      'our own status is written',
      completed,
      { ...completed, bigquerySyncStatus: 'synced', bigquerySyncRetryCount: 0 },
    ],
    ['a status that only looks like it', started, { ...started, status: 'Completed' }],
    ['a session is taken back', completed, started],
    ['nothing was there and nothing is', none, none],
  ])('%s', (_, before, after) => {
    process.env['GCLOUD_PROJECT'] = 'not-a-project';
    const event = change(before, after);
    unconfigure();
    expect(run(event)).toBeUndefined();
    expect(hasDefaultApp()).toBe(false);
    expect(said).toEqual([]);
  });
});

describe('a write that completes a session', () => {
  const events: readonly (readonly [string, object, object])[] = [
    ['by an update', started, completed],
    ['by creation', none, completed],
    ['again, after it was taken back', { ...completed, status: 'active' }, completed],
  ];

  test.each(events)(
    '%s is rejected without a project, before any client exists',
    async (_, before, after) => {
      process.env['GCLOUD_PROJECT'] = 'not-a-project';
      const event = change(before, after);
      unconfigure();
      await expect(run(event)).rejects.toThrow(/^Cannot start: GCLOUD_PROJECT is missing\./);
      expect(hasDefaultApp()).toBe(false);
    },
  );

  test.each([
    ['no secret', undefined, 'PSEUDONYMIZATION_SALT is missing'],
    ['a short secret', 'short', 'PSEUDONYMIZATION_SALT is too short (5 bytes)'],
    ["the seed's default", 'default-salt-change-in-production', 'PSEUDONYMIZATION_SALT is a placeholder'],
  ])('is rejected with %s: nothing is inserted', async (_, secret, message) => {
    process.env['GCLOUD_PROJECT'] = 'not-a-project';
    if (secret !== undefined) process.env['PSEUDONYMIZATION_SALT'] = secret;
    await expect(run(change(started, completed))).rejects.toThrow(message);
  });
});

describe('where every change is a row', () => {
  const runChange = wrap(influencer_onChange) as (event: object) => unknown;
  const channel = { channel_title: 'a', created_at: '2026-01-01T00:00:00Z' };

  function changeOf(before: object, after: object): object {
    process.env['GCLOUD_PROJECT'] = 'not-a-project';
    const [a, b] = [before, after].map((data) => firestore.makeDocumentSnapshot(data, 'influencers/c1'));
    unconfigure();
    return { data: makeChange(a, b), params: { channelId: 'c1' } };
  }

  test.each([
    ['our own status is written', channel, { ...channel, bigquerySyncStatus: 'synced' }],
    ['the same is written', channel, { ...channel }],
    ['nothing was there and nothing is', none, none],
  ])('%s: nothing is done', (_, before, after) => {
    expect(runChange(changeOf(before, after))).toBeUndefined();
  });

  test.each([
    ['a channel is created', none, channel],
    ['a channel changes', channel, { ...channel, view_count: 1 }],
    ['a channel is deleted', channel, none],
  ])('%s: it is taken up, and rejected without a secret', async (_, before, after) => {
    const event = changeOf(before, after);
    process.env['GCLOUD_PROJECT'] = 'not-a-project';
    await expect(runChange(event)).rejects.toThrow('PSEUDONYMIZATION_SALT is missing');
  });
});
