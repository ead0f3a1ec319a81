// The deployment manifest of the built code: what `firebase deploy` would find in dist/, made as firebase-tools has it
// made, by firebase-functions itself.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';

const root = path.join(__dirname, '..', '..');
const dist = path.join(root, 'dist');

interface Manifest {
  readonly endpoints: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly params: readonly { readonly name: string; readonly type: string; readonly default?: unknown }[];
  readonly requiredAPIs: readonly { readonly api: string }[];
}

let manifest: Manifest;

beforeAll(() => {
  if (!existsSync(path.join(dist, 'index.js')))
    throw new Error('Cannot read the manifest: dist/index.js is missing, run "npm run build"');
  const folder = mkdtempSync(path.join(tmpdir(), 'manifest-'));
  const output = path.join(folder, 'manifest.json');
  const program = path.join(
    root,
    'node_modules',
    'firebase-functions',
    'lib',
    'bin',
    'firebase-functions.js',
  );
  const { stderr } = spawnSync(process.execPath, [program], {
    cwd: dist,
    env: { PATH: process.env['PATH'], GCLOUD_PROJECT: 'demo-local', FUNCTIONS_MANIFEST_OUTPUT_PATH: output },
    encoding: 'utf8',
  });
  if (!existsSync(output)) throw new Error(stderr);
  manifest = JSON.parse(readFileSync(output, 'utf8')) as Manifest;
  rmSync(folder, { recursive: true });
});

/** Options that are not set come as null: "as the platform has it". */
function optionsOf(name: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(manifest.endpoints[name] ?? {}).filter(([, value]) => value !== null),
  );
}

const runsAs = (id: string) => ({
  serviceAccountEmail: `${id}@{{ params.PROJECT_ID }}.iam.gserviceaccount.com`,
});
const everywhere = {
  platform: 'gcfv2',
  region: '{{ params.SYNC_REGION }}',
  availableMemoryMb: 512,
  labels: {},
};
const secret = { secretEnvironmentVariables: [{ key: 'PSEUDONYMIZATION_SALT' }] };

test('eight functions are deployed, and nothing else', () => {
  expect(Object.keys(manifest.endpoints).toSorted()).toEqual([
    'account_onDelete',
    'campaign_onChange',
    'influencer_onChange',
    'internal_erasePersons',
    'internal_reconcileSync',
    'internal_retryBigQuerySync',
    'internal_sweepSyncFailures',
    'session_onComplete',
  ]);
});

test.each([
  ['session_onComplete', 'users/{userId}/sessions/{sessionId}'],
  ['influencer_onChange', 'influencers/{channelId}'],
  ['campaign_onChange', 'campaigns/{campaignId}'],
])('%s hears of every write of %s, and events that fail come again', (name, document) => {
  expect(optionsOf(name)).toEqual({
    ...everywhere,
    ...secret,
    ...runsAs('bigquery-sync-trigger'),
    entryPoint: name,
    concurrency: '{{ params.SYNC_CONCURRENCY }}',
    maxInstances: '{{ params.SYNC_MAX_INSTANCES }}',
    eventTrigger: {
      eventType: 'google.cloud.firestore.document.v1.written',
      eventFilters: { database: '(default)', namespace: '(default)' },
      eventFilterPathPatterns: { document },
      retry: true,
    },
  });
});

test('internal_retryBigQuerySync is open to the account of the tasks, and a deploy keeps it so', () => {
  expect(optionsOf('internal_retryBigQuerySync')).toEqual({
    ...everywhere,
    ...secret,
    ...runsAs('bigquery-sync-retry'),
    entryPoint: 'internal_retryBigQuerySync',
    maxInstances: '{{ params.SYNC_MAX_INSTANCES }}',
    // Not 'private': firebase-tools then sets nobody, at each deploy, and the tasks are refused.
    httpsTrigger: { invoker: ['bigquery-sync-tasks@'] },
  });
});

test('internal_sweepSyncFailures runs every five minutes, once at a time, without the secret', () => {
  expect(optionsOf('internal_sweepSyncFailures')).toEqual({
    ...everywhere,
    ...runsAs('bigquery-sync-sweep'),
    entryPoint: 'internal_sweepSyncFailures',
    maxInstances: 1,
    timeoutSeconds: 300,
    scheduleTrigger: { schedule: 'every 5 minutes', retryConfig: {} },
  });
});

test('internal_reconcileSync runs every hour, once at a time, with the time it needs', () => {
  expect(optionsOf('internal_reconcileSync')).toEqual({
    ...everywhere,
    ...secret,
    ...runsAs('bigquery-sync-reconcile'),
    entryPoint: 'internal_reconcileSync',
    maxInstances: 1,
    timeoutSeconds: 540,
    scheduleTrigger: { schedule: 'every 60 minutes', retryConfig: {} },
  });
});

test('internal_erasePersons runs every quarter of an hour, once at a time', () => {
  expect(optionsOf('internal_erasePersons')).toEqual({
    ...everywhere,
    ...secret,
    ...runsAs('bigquery-sync-erase'),
    entryPoint: 'internal_erasePersons',
    maxInstances: 1,
    timeoutSeconds: 540,
    scheduleTrigger: { schedule: 'every 15 minutes', retryConfig: {} },
  });
});

test('account_onDelete is left out unless a param asks for it, and hears again of what failed', () => {
  expect(optionsOf('account_onDelete')).toEqual({
    ...runsAs('bigquery-sync-account-delete'),
    entryPoint: 'account_onDelete',
    platform: 'gcfv1',
    region: ['{{ params.SYNC_REGION }}'],
    availableMemoryMb: 256,
    labels: {},
    omit: '{{ params.SYNC_ERASE_DELETED_ACCOUNTS ? false : true }}',
    eventTrigger: {
      eventType: 'providers/firebase.auth/eventTypes/user.delete',
      eventFilters: { resource: 'projects/demo-local' },
      retry: true,
    },
  });
});

test('the whole of it is what was reviewed; "npx jest test/functions/manifest -u" accepts a change', () => {
  expect(manifest).toMatchSnapshot();
});

test('.env.example names every param with its default, and no secret', () => {
  const example = parseEnv(readFileSync(path.join(root, '.env.example'), 'utf8'));
  const params = manifest.params.filter(({ type }) => type !== 'secret');
  expect(example).toEqual(
    Object.fromEntries(params.map(({ name, default: value }) => [name, String(value)])),
  );
});

test('what is uploaded can be installed: the entry, the runtime and the exact dependencies', () => {
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const package_ = read(path.join(root, 'package.json'));
  expect(read(path.join(dist, 'package.json'))).toMatchObject({
    main: 'index.js',
    type: 'module',
    engines: { node: '22' },
    dependencies: package_['dependencies'],
  });
  expect(readFileSync(path.join(dist, 'package-lock.json'), 'utf8')).toBe(
    readFileSync(path.join(root, 'package-lock.json'), 'utf8'),
  );
});
