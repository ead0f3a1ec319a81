// The deployment manifest of the built code: what `firebase deploy` would find in dist/, read as it reads it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';

const dist = path.join(__dirname, '..', '..', 'dist');

interface Endpoint {
  readonly region: string;
  readonly [option: string]: unknown;
}

let endpoints: Readonly<Record<string, Endpoint>>;

beforeAll(() => {
  const entry = path.join(dist, 'index.js');
  if (!existsSync(entry))
    throw new Error('Cannot read the manifest: dist/index.js is missing, run "npm run build"');
  const script = `
    const exported = await import(${JSON.stringify(pathToFileURL(entry).href)});
    const endpoints = Object.entries(exported).map(([name, value]) => [name, value.__endpoint ?? 'no function']);
    process.stdout.write(JSON.stringify(Object.fromEntries(endpoints)));`;
  const { PATH } = process.env;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH },
  });
  endpoints = JSON.parse(printed.toString()) as typeof endpoints;
});

/** Options that are not set come as null: "as the platform has it". */
function optionsOf(name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(endpoints[name] ?? {}).filter(([, value]) => value !== null));
}

const everywhere = { platform: 'gcfv2', region: 'params.SYNC_REGION', availableMemoryMb: 512, labels: {} };

test('four functions are deployed, and nothing else', () => {
  // Not a function, and empty to firebase-tools: what the operator's commands read.
  expect(endpoints['pipelines']).toBe('no function');
  expect(Object.keys(endpoints).toSorted()).toEqual([
    'internal_reconcileSync',
    'internal_retryBigQuerySync',
    'internal_sweepSyncFailures',
    'pipelines',
    'session_onComplete',
  ]);
});

test('session_onComplete hears of every write of a session, and events that fail come again', () => {
  expect(optionsOf('session_onComplete')).toEqual({
    concurrency: 'params.SYNC_CONCURRENCY',
    ...everywhere,
    maxInstances: 'params.SYNC_MAX_INSTANCES',
    secretEnvironmentVariables: [{ key: 'PSEUDONYMIZATION_SALT' }],
    eventTrigger: {
      eventType: 'google.cloud.firestore.document.v1.written',
      eventFilters: { database: '(default)', namespace: '(default)' },
      eventFilterPathPatterns: { document: 'users/{userId}/sessions/{sessionId}' },
      retry: true,
    },
  });
});

test('internal_retryBigQuerySync is open to nobody but whom IAM names', () => {
  expect(optionsOf('internal_retryBigQuerySync')).toEqual({
    ...everywhere,
    maxInstances: 'params.SYNC_MAX_INSTANCES',
    secretEnvironmentVariables: [{ key: 'PSEUDONYMIZATION_SALT' }],
    httpsTrigger: { invoker: ['private'] },
  });
});

test('internal_sweepSyncFailures runs every five minutes, once at a time, without the secret', () => {
  expect(optionsOf('internal_sweepSyncFailures')).toEqual({
    ...everywhere,
    maxInstances: 1,
    timeoutSeconds: 300,
    scheduleTrigger: { schedule: 'every 5 minutes', retryConfig: {} },
  });
});

test('internal_reconcileSync runs every hour, once at a time, with the time it needs', () => {
  expect(optionsOf('internal_reconcileSync')).toEqual({
    ...everywhere,
    maxInstances: 1,
    timeoutSeconds: 540,
    secretEnvironmentVariables: [{ key: 'PSEUDONYMIZATION_SALT' }],
    scheduleTrigger: { schedule: 'every 60 minutes', retryConfig: {} },
  });
});

test('what is uploaded can be installed: the entry, the runtime and the exact dependencies', () => {
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const root = read(path.join(dist, '..', 'package.json'));
  expect(read(path.join(dist, 'package.json'))).toMatchObject({
    main: 'index.js',
    type: 'module',
    engines: { node: '22' },
    dependencies: root['dependencies'],
  });
  expect(readFileSync(path.join(dist, 'package-lock.json'), 'utf8')).toBe(
    readFileSync(path.join(dist, '..', 'package-lock.json'), 'utf8'),
  );
});
