// A person is forgotten, through the built functions and the operator's tool, with the suite's clock set ahead: what
// BigQuery holds in its streaming buffer cannot be deleted, here as there.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  completedSession,
  operate,
  outage,
  passTime,
  post,
  postToHub,
  root,
  startPipeline,
  TABLE,
  type Pipeline,
} from './harness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HANAKO = '花子-canary-7f3a';
const TARO = '太郎-canary-7f3a';
const GONE = 'deleted-canary-7f3a';

let pipeline: Pipeline;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'erase-'));
  const clock = pathToFileURL(path.join(root, 'cli', 'chaos', 'follow-clock.ts')).href;
  pipeline = await startPipeline({
    env: {
      NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${clock}`,
      SYNC_ERASE_DELETED_ACCOUNTS: 'true',
    },
  });
}, 60_000);
afterAll(async () => {
  await pipeline.close();
  rmSync(folder, { recursive: true });
});

const pass = (ms: number) => passTime(pipeline, ms);
const runJob = (name: string) => postToHub(pipeline, `/schedules/${name}/run`);
const session = (person: string, id: string) => pipeline.firestore.doc(`users/${person}/sessions/${id}`);
const persons = async () =>
  Number((await pipeline.query(`SELECT COUNT(DISTINCT user_id_hash) AS n FROM ${TABLE}`))[0]?.['n']);
const sessions = async () =>
  (await pipeline.query(`SELECT session_id FROM ${TABLE} ORDER BY 1`)).map((row) => row['session_id']);
const erasures = async () => JSON.parse((await operate(pipeline, 'erasures', '--json')).stdout).erasures;
const states = async () => (await erasures()).map(({ status }: { status: string }) => status);
/** The ids, in a file. */
function ids(...people: string[]): string {
  const file = path.join(folder, 'ids.txt');
  writeFileSync(file, `${people.join('\r\n')}\n`);
  return file;
}

test('five minutes after the insert somebody asks; three hours later it is verified, and nothing brings them back', async () => {
  const { firestore, suite } = pipeline;
  suite.faults.add(outage('before', 1));
  await session(HANAKO, 'failed').create(completedSession());
  await pipeline.settled();
  await Promise.all([
    session(HANAKO, 'h1').create(completedSession()),
    session(HANAKO, 'h2').create(completedSession()),
    session(TARO, 't1').create(completedSession()),
  ]);
  await pipeline.settled();
  expect(await sessions()).toEqual(['failed', 'h1', 'h2', 't1']);

  await pass(5 * MINUTE);
  const asked = await operate(pipeline, 'erase', '--user', ids(HANAKO));
  expect(asked).toMatchObject({ code: 0, stdout: expect.stringMatching(/Asked for +1/) });
  expect(await states()).toEqual(['waiting']);
  expect(await pipeline.failures()).toEqual([]);

  await pass(2 * HOUR);
  await runJob('internal_erasePersons');
  expect(await states()).toEqual(['waiting']);
  expect(await persons()).toBe(2);

  await pass(HOUR + MINUTE);
  await runJob('internal_erasePersons');
  // The suite's scheduler runs the job too, whenever its time has come.
  expect(['deleted', 'verified']).toContain((await states())[0]);
  await pass(15 * MINUTE);
  await runJob('internal_erasePersons');
  const [receipt] = await erasures();
  expect(receipt).toMatchObject({ status: 'verified', rows: { sessions: 3 }, failures: 1, keyVersions: [1] });
  expect(await sessions()).toEqual(['t1']);

  // Her documents are there still: a reconciliation looks, and leaves them alone.
  const reconciled = await operate(pipeline, 'reconcile', '--pipeline', 'sessions', '--verify-all', '--json');
  expect(JSON.parse(reconciled.stdout)).toMatchObject([{ expected: 4, found: 1, missing: 0, healed: 0 }]);
  expect(await sessions()).toEqual(['t1']);

  // Nobody is named but in the documents.
  const stored = await firestore.collection('bigqueryErasures').get();
  const tombstones = await firestore.collection('bigqueryErasedPersons').get();
  expect(tombstones.docs.map((doc) => Object.keys(doc.data()))).toEqual([['until']]);
  const shown = await operate(pipeline, 'erasures', receipt.name);
  expect(shown.stdout).toMatch(/rows deleted from sessions +3/);
  const told = [
    asked,
    shown,
    stored.docs.map((doc) => doc.data()),
    tombstones.docs.map((doc) => doc.id),
    pipeline.logs,
  ];
  expect(JSON.stringify(told)).not.toMatch(/canary-7f3a/i);
}, 60_000);

describe('a deleted account', () => {
  test('is erased; the same event twice asks once', async () => {
    await session(GONE, 'g1').create(completedSession());
    await pipeline.settled();
    const before = (await erasures()).length;
    const context = {
      eventId: 'e-1',
      eventType: 'providers/firebase.auth/eventTypes/user.delete',
      timestamp: '2026-01-01T00:00:00Z',
      resource: { service: 'firebaseauth.googleapis.com', name: 'projects/demo-local' },
    };
    const { suite } = pipeline;
    const trigger = `http://127.0.0.1:${suite.ports.functions}/functions/projects/${suite.project}/triggers/${suite.region}-account_onDelete-0`;
    for (let i = 0; i < 2; i++) await post(trigger, { data: { uid: GONE }, context });
    expect(await erasures()).toHaveLength(before + 1);
    for (const ms of [0, 3 * HOUR + MINUTE, 15 * MINUTE]) {
      await pass(ms);
      await runJob('internal_erasePersons');
    }
    expect((await erasures())[0]).toMatchObject({ status: 'verified', rows: { sessions: 1 } });
    expect(await sessions()).toEqual(['t1']);
    expect(pipeline.logs.join('\n')).not.toContain(GONE);
  }, 60_000);
});

describe('the tool', () => {
  test('takes ids from standard input, and counts without asking', async () => {
    const before = (await erasures()).length;
    const script = path.join(root, 'cli', 'pipeline.ts');
    const env = { ...process.env, FIREBASE_EMULATOR_HUB: `127.0.0.1:${pipeline.suite.ports.hub}` };
    const args = ['--disable-warning=ExperimentalWarning', script, 'erase', '--user', '-', '--dry-run'];
    const stdout = await new Promise<string>((resolve, reject) => {
      const child = execFile(process.execPath, args, { env }, (error, out) =>
        error ? reject(error) : resolve(out),
      );
      child.stdin?.end('a\n\nb\na\n');
    });
    expect(stdout).toMatch(/Would be erased +2/);
    expect(await erasures()).toHaveLength(before);
  });

  test.each([
    [[], /erase wants --user FILE/],
    [['--user', '/nowhere/ids'], /cannot read \/nowhere\/ids/],
    [['--param', 'sessionId'], /--param knows: userId, channelId\./],
  ])('refuses %j', async (args, told) => {
    const { code, stderr } = await operate(pipeline, 'erase', ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(told) });
  });

  test('names the line of what is no id, and not the line itself', async () => {
    const { code, stderr } = await operate(
      pipeline,
      'erase',
      '--user',
      ids('fine', 'users/canary-7f3a', ' x'),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/line 2, 3 of/);
    expect(stderr).not.toContain('canary');
  });
});
