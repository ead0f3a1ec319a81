// A key rotates under the built code: what comes before and after, what brings the two together again, and what it
// takes to be rid of the old one. The operator's tool runs as a process, with the secret on its way in and out.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { Timestamp } from '@google-cloud/firestore';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectedPseudonym } from '../../cli/expected-pseudonym.ts';
import { until } from '../../emulators/shared/until.ts';
import { TOMBSTONES_COLLECTION } from '../../functions/config.ts';
import { createPseudonymKey, KeyError, parseKeyring } from '../../functions/steps/pseudonym-key.ts';
import { completedSession, root, startPipeline, TABLE, type Pipeline, type Told } from './harness.ts';

// An emulator asks for no credentials; without this the client looks for those of a Google machine.
process.env['METADATA_SERVER_DETECTION'] = 'none';

const PLAIN = 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0eU';
const BRIDGE = 'analytics_production_restricted.pseudonym_bridge';
const SCOPE = { project: 'demo-local', dataset: 'analytics_production' };
const DAY_AND_MORE_MS = 26 * 3_600_000;

const dir = mkdtempSync(path.join(tmpdir(), 'keys-'));
const secretFile = path.join(dir, '.secret.local');
let pipeline: Pipeline;

beforeAll(async () => {
  writeFileSync(secretFile, `# of this laptop\nOTHER=kept\nPSEUDONYMIZATION_SALT=${PLAIN}\n`);
  pipeline = await startPipeline({ functionsEnvDir: dir, env: { SYNC_SETTLE_SECONDS: '0' } });
}, 60_000);
afterAll(async () => {
  await pipeline.close();
  rmSync(dir, { recursive: true });
});

function start(args: readonly string[], input?: string) {
  const script = path.join(root, 'cli', 'pipeline.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    env: { ...process.env, FIREBASE_EMULATOR_HUB: `127.0.0.1:${pipeline.suite.ports.hub}` },
  });
  child.stdin.end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  const told = new Promise<Told>((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
  return { child, told };
}
const keys = (...args: string[]) => start(['keys', ...args]).told;
const tell = async (...args: string[]) => {
  const { code, stdout, stderr } = await keys(...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Record<string, unknown>) };
};
const reconcile = async () => {
  const { stdout } = await start(['reconcile', '--pipeline', 'sessions', '--verify-all', '--json']).told;
  return JSON.parse(stdout) as Record<string, unknown>[];
};
const secretNow = () => parseEnv(readFileSync(secretFile, 'utf8'))['PSEUDONYMIZATION_SALT'] ?? '';
const keyOf = (version: number) => {
  const { keys: held } = JSON.parse(secretNow()) as { keys: Record<string, string | { key: string }> };
  const entry = held[version]!;
  return Buffer.from(typeof entry === 'string' ? entry : entry.key, 'base64');
};
const pseudonym = (key: string | Buffer, id: string) =>
  expectedPseudonym(key, { ...SCOPE, column: 'user_id_hash', kind: 'text', id });
const tombstone = (version: number, key: Buffer, id: string) =>
  createPseudonymKey(version, key, SCOPE).tombstone('userId', id);
const hub = (where: string, body?: object) =>
  fetch(`http://127.0.0.1:${pipeline.suite.ports.hub}${where}`, {
    method: 'POST',
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const complete = (where: string, more: Record<string, unknown> = {}) =>
  pipeline.firestore.doc(`users/${where}`).set(completedSession(more));
/** A version later than the first: opened, and completed once more. */
async function completeAgain(where: string, more: Record<string, unknown>): Promise<void> {
  await pipeline.firestore.doc(`users/${where}`).update({ status: 'in_progress' });
  await complete(where, more);
}
const versions = async () =>
  (
    await pipeline.query(
      `SELECT pseudonym_key_version AS version, COUNT(*) AS n FROM ${TABLE} GROUP BY version ORDER BY version`,
    )
  ).map(({ version, n }) => [version, n]);
const latest = async (session: string) =>
  (await pipeline.query(`SELECT * FROM ${TABLE}_latest WHERE session_id = '${session}'`)).map(
    ({ user_id_hash, rep_count, pseudonym_key_version }) => ({
      user: user_id_hash,
      reps: rep_count,
      version: pseudonym_key_version,
    }),
  );
/** The functions take up what `.secret.local` says, after the new key's time has come. */
async function deploy(): Promise<void> {
  await hub('/functions/restart');
  const from = (await tell('list', `--local=${dir}`)) as { keyring?: { keys: { from?: string }[] } };
  const begins = Date.parse(from.keyring?.keys.at(-1)?.from ?? '1970-01-01T00:00:00Z');
  await until(async () => Date.now() > begins);
}

test('rotate --local adds a key, and documents from then on are under it', async () => {
  const { firestore, suite } = pipeline;
  await Promise.all([
    complete('花子/sessions/s1', { repCount: 1 }),
    complete('花子/sessions/s2'),
    complete('u2/sessions/s3'),
    complete('gone/sessions/s4'),
    complete('u2/sessions/poison', { repCount: 'many' }),
  ]);
  await pipeline.settled();
  await firestore.doc('users/gone/sessions/s4').delete();
  suite.faults.add({ service: 'bigquery', method: 'insertAll', status: 503, reason: 'backendError' });
  await complete('u3/sessions/waits');
  await until(async () => (await pipeline.failures()).some(({ status }) => status === 'pending'));

  const told = await keys('rotate', `--local=${dir}`, '--in', '0', '--policy', 'continuous');
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toMatch(/^Key version 2 is added, in .*keys rekey --from-version 1 --to-version 2/s);
  expect(parseEnv(readFileSync(secretFile, 'utf8'))['OTHER']).toBe('kept');
  expect(statSync(secretFile).mode & 0o777).toBe(0o600);
  expect(keyOf(1)).toEqual(Buffer.from(PLAIN));
  for (const key of [PLAIN, keyOf(1).toString('base64'), keyOf(2).toString('base64')]) {
    expect(told.stdout).not.toContain(key);
  }

  await deploy();
  suite.faults.clear();
  await completeAgain('花子/sessions/s1', { repCount: 2 });
  await complete('花子/sessions/s5');
  await pipeline.settled();
  await expect(latest('s5')).resolves.toMatchObject([{ user: pseudonym(keyOf(2), '花子'), version: 2 }]);
  await expect(latest('s2')).resolves.toMatchObject([{ user: pseudonym(PLAIN, '花子'), version: 1 }]);
  // What failed before began with the old key, and keeps it.
  await expect(latest('waits')).resolves.toMatchObject([{ user: pseudonym(PLAIN, 'u3'), version: 1 }]);
  await expect(latest('s1')).resolves.toHaveLength(2);
}, 60_000);

test('list says what is under which key, and whether it is held', async () => {
  const rows = [
    { table: 'sessions', version: 1, rows: 5 },
    { table: 'sessions', version: 2, rows: 2 },
  ];
  const without = await tell('list');
  expect(without).toMatchObject({ code: 0, rows, notHeld: [] });
  expect(without).not.toHaveProperty('keyring');
  await expect(tell('list', `--local=${dir}`)).resolves.toMatchObject({
    code: 0,
    failures: [{ version: 1, byStatus: { abandoned: 1, pending: 0 }, waiting: 0 }],
    keyring: { active: 2, keys: [{ version: 1 }, { version: 2, mode: 'hmac' }] },
  });
  const { code, stdout } = await start(['keys', 'list', '--keyring', '-'], `${PLAIN}\n`).told;
  expect(code).toBe(1);
  expect(stdout).toContain('Not held: version 2.');
  expect(stdout).not.toContain(PLAIN);
}, 30_000);

const REKEY = ['rekey', '--from-version', '1', '--to-version', '2', `--local=${dir}`];

test('rekey refuses while a failure waits under the old key', async () => {
  const [failure] = (await pipeline.firestore.collection('bigquerySyncFailures').get()).docs.filter(
    (doc) => doc.get('status') === 'abandoned',
  );
  await failure!.ref.update({ nextAttemptAt: new Date('2099-01-01T00:00:00Z') });
  await expect(tell(...REKEY)).resolves.toEqual({ code: 1, waiting: 1 });
  await failure!.ref.update({ nextAttemptAt: null });
  await expect(versions()).resolves.toEqual([
    [1, 5],
    [2, 2],
  ]);
}, 30_000);

test('rekey refuses a key that is not the one in use, and writes no pair', async () => {
  const { keys: held } = JSON.parse(secretNow()) as { keys: Record<string, object> };
  const other = { ...held[2], key: Buffer.from(PLAIN.split('').toReversed().join('')).toString('base64') };
  const input = JSON.stringify({ active: 2, keys: { ...held, 2: other } });
  for (const verb of ['rekey', 'bridge']) {
    const told = await start(['keys', verb, ...REKEY.slice(1, 5)], input).told;
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.stderr).toContain('Nothing shows that key version 2 of this keyring is the one');
  }
  await expect(tell('list')).resolves.toMatchObject({ bridge: [] });
}, 30_000);

test('rekey leaves rows that BigQuery would not let it touch, and says when to come back', async () => {
  const told = await keys(...REKEY);
  expect(told.code).toBe(1);
  expect(told.stdout).toMatch(
    /Rows moved +0.*Closed failures moved +2.*Rows too young +5.*Run it again in 90 minutes/s,
  );
  await expect(versions()).resolves.toEqual([
    [1, 5],
    [2, 2],
  ]);
  await expect(tell('list')).resolves.toMatchObject({ bridge: [{ from: 1, to: 2, pairs: 3 }] });
}, 30_000);

test('a dry run changes nothing, and says how many rows and bytes it would be', async () => {
  await hub('/clock', { advanceMs: DAY_AND_MORE_MS });
  await expect(tell(...REKEY, '--dry-run')).resolves.toMatchObject({
    code: 0,
    movable: 5,
    young: 0,
    orphaned: 1,
    bytes: expect.any(Number),
  });
  await expect(versions()).resolves.toEqual([
    [1, 5],
    [2, 2],
  ]);
}, 30_000);

test('rekey that is killed half way is gone on with, and a session is one row again', async () => {
  const { suite, firestore } = pipeline;
  // The statement that moves rows hangs, and is never carried out.
  suite.faults.add({ service: 'bigquery', method: 'jobs.insert', delayMs: 3_000, status: 503 });
  const { child, told } = start(['keys', ...REKEY]);
  await until(async () => suite.faults.list().some(({ hits }) => hits > 0));
  child.kill('SIGKILL');
  await expect(told).resolves.toMatchObject({ code: -1 });
  suite.faults.clear();

  await expect(tell(...REKEY)).resolves.toEqual({
    code: 1, // the row of whom Firestore knows no more
    moved: 4,
    failures: 0, // the run before took them along
    young: 0,
    old: 1,
    orphaned: 1,
    pairsDeleted: 3,
  });
  await expect(versions()).resolves.toEqual([
    [1, 1],
    [2, 6],
  ]);
  const user = pseudonym(keyOf(2), '花子');
  await expect(latest('s1')).resolves.toEqual([{ user, reps: 2, version: 2 }]);
  await expect(latest('s2')).resolves.toMatchObject([{ user, version: 2 }]);
  const records = await firestore.collection('bigquerySyncFailures').get();
  expect(records.docs.map((doc) => doc.get('keyVersion'))).toEqual([2, 2]);

  await expect(tell(...REKEY)).resolves.toMatchObject({ moved: 0, failures: 0, old: 1, pairsDeleted: 0 });
}, 60_000);

test('a reconciliation finds every row under its new key, and sends none again', async () => {
  for (const report of await reconcile())
    expect(report).toMatchObject({ missing: 0, healed: 0, verified: 6, allVerified: true });
  await expect(versions()).resolves.toEqual([
    [1, 1],
    [2, 6],
  ]);
}, 60_000);

test('retire refuses while a row is under the key, and goes when none is', async () => {
  const retire = ['retire', '--version', '1', `--local=${dir}`];
  const refused = await keys(...retire);
  expect(refused).toMatchObject({ code: 1, stderr: '' });
  expect(refused.stdout).toMatch(/^Key version 1 stays:\n {2}1 rows of table "sessions" are under it/);
  expect(Object.keys((JSON.parse(secretNow()) as { keys: object }).keys)).toEqual(['1', '2']);

  await pipeline.query(`DELETE FROM ${TABLE} WHERE pseudonym_key_version = 1`);
  const erased = pipeline.firestore.collection(TOMBSTONES_COLLECTION);
  const end = Timestamp.fromDate(new Date('2020-01-01T00:00:00Z'));
  await erased.doc(tombstone(1, Buffer.from(PLAIN), 'u2')).create({ until: end });
  const told = await keys(...retire);
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toMatch(/Restart the functions.*This is not an erasure.*1 erased persons/s);
  // Whoever was erased under the old key stays erased under the next.
  expect((await erased.doc(tombstone(2, keyOf(2), 'u2')).get()).get('until')).toEqual(end);
  expect(JSON.parse(secretNow())).toEqual({
    active: 2,
    keys: { 2: { key: expect.any(String), mode: 'hmac' } },
  });
  await deploy();
  for (const report of await reconcile())
    expect(report).toMatchObject({ missing: 0, healed: 0, verified: 6, allVerified: true });
  await expect(tell('list', `--local=${dir}`)).resolves.toMatchObject({ code: 0, notHeld: [] });
}, 60_000);

test('as filters, rotate and retire print the keyring and nothing else; without a bridge a key that has rows stays', async () => {
  const rotated = await start(['keys', 'rotate', '--in', '0'], secretNow()).told;
  expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining('Key version 3 is added') });
  expect(rotated.stdout).toMatch(/^\{.*\}\n$/);
  expect(rotated.stderr).not.toContain(keyOf(2).toString('base64'));
  writeFileSync(secretFile, `PSEUDONYMIZATION_SALT='${rotated.stdout.trim()}'\n`);
  await deploy();
  await completeAgain('花子/sessions/s1', { repCount: 3 });
  await complete('u9/sessions/s9');
  await pipeline.settled();
  await hub('/clock', { advanceMs: DAY_AND_MORE_MS });
  await expect(versions()).resolves.toEqual([
    [2, 6],
    [3, 2],
  ]);

  const refused = await start(['keys', 'retire', '--version', '2'], secretNow()).told;
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('6 rows of table "sessions" are under it');
  const forced = await start(['keys', 'retire', '--version', '2', '--force'], secretNow()).told;
  expect(forced.code).toBe(0);
  expect(Object.keys((JSON.parse(forced.stdout) as { keys: object }).keys)).toEqual(['3']);
  expect(() => parseKeyring(forced.stdout, SCOPE).at('2020-01-01T00:00:00.000000Z')).toThrow(KeyError);
  expect(forced.stderr).toMatch(
    /In spite of this: 6 rows .*cannot be found for a person any more.*gcloud secrets versions destroy/s,
  );
}, 60_000);

test('bridge writes each pair once, for a time, into a dataset that readers of the project do not read', async () => {
  const bridge = ['bridge', '--from-version', '2', '--to-version', '3', `--local=${dir}`];
  await expect(tell(...bridge)).resolves.toMatchObject({ pseudonyms: 3, known: 0, added: 3, orphaned: 0 });
  await expect(tell(...bridge, '--days', '7')).resolves.toMatchObject({ known: 3, added: 0 });
  await expect(tell('list')).resolves.toMatchObject({ bridge: [{ from: 2, to: 3, pairs: 3 }] });
  const pairs = await pipeline.query(
    `SELECT * EXCEPT (created_at) FROM ${BRIDGE} WHERE old_pseudonym = '${pseudonym(keyOf(2), '花子')}'`,
  );
  expect(pairs).toEqual([
    {
      column_name: 'user_id_hash',
      old_version: 2,
      new_version: 3,
      old_pseudonym: pseudonym(keyOf(2), '花子'),
      new_pseudonym: pseudonym(keyOf(3), '花子'),
    },
  ]);
  const dataset = pipeline.bigquery.dataset('analytics_production_restricted');
  const [{ access }] = await dataset.getMetadata();
  expect(JSON.stringify(access)).not.toMatch(/projectReaders|projectWriters/);
  const [{ timePartitioning }] = await dataset.table('pseudonym_bridge').getMetadata();
  expect(timePartitioning).toMatchObject({ field: 'created_at', expirationMs: String(7 * 86_400_000) });
  await expect(versions()).resolves.toEqual([
    [2, 6],
    [3, 2],
  ]);
}, 30_000);

test('retire refuses a secret from before the last rotation', async () => {
  const { keys: held } = JSON.parse(secretNow()) as { keys: Record<string, string> };
  const before = JSON.stringify({
    active: 2,
    keys: { 1: Buffer.from(PLAIN).toString('base64'), 2: held[2] },
  });
  const told = await start(['keys', 'retire', '--version', '1', '--force'], before).told;
  expect(told).toMatchObject({ code: 1, stdout: '' });
  expect(told.stderr).toContain('is not the present one: something is under version 3');
}, 30_000);

test.each([
  [['rekey', '--from-version', '2', '--to-version', '4'], 'does not hold key version 4'],
  [['rekey', '--from-version', '3', '--to-version', '2'], 'wants a newer version'],
  [['bridge', '--from-version', '2'], 'wants --from-version N and --to-version N'],
  [['retire', '--version', '3'], 'is the active one'],
  [['list', '--local', '--project', 'some-project'], 'no project is under it'],
  [['retire', '--version', '7'], 'does not hold key version 7'],
])(
  'a mistake in %j ends with 2 and says what is wanted',
  async (args, problem) => {
    const told = await start(['keys', ...args], secretNow()).told;
    expect(told).toMatchObject({ code: 2, stdout: '' });
    expect(told.stderr).toContain(problem);
  },
  30_000,
);
