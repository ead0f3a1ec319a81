import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig, QUEUE_BACKOFF } from './config.ts';

const project = { GCLOUD_PROJECT: 'demo-local' };

function problemsOf(env: Record<string, string>): string {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

test('with nothing but a project, all has the defaults of the design', () => {
  expect(parseConfig(project)).toEqual({
    project: 'demo-local',
    region: 'asia-northeast1',
    bigqueryProject: 'demo-local',
    dataset: 'analytics_production',
    queue: 'bigquery-sync-queue',
    tasksServiceAccount: 'bigquery-sync-tasks@demo-local.iam.gserviceaccount.com',
    retryUrl: 'https://asia-northeast1-demo-local.cloudfunctions.net/internal_retryBigQuerySync',
    pseudonymMode: 'hmac',
    retry: { maxAttempts: 10, ...QUEUE_BACKOFF },
    reconcile: { maxReads: 10_000, verifyReads: 2_400, maxMs: 300_000, recentDays: 7, settleMs: 900_000 },
    emulator: { bigquery: undefined, firestoreHost: undefined, tasksHost: undefined, certsUrl: undefined },
  });
});

test('an empty param means its default, as deploy writes it', () => {
  const names = [
    'SYNC_REGION',
    'BIGQUERY_DATASET',
    'BIGQUERY_PROJECT',
    'SYNC_QUEUE',
    'SYNC_MAX_ATTEMPTS',
    'SYNC_RECONCILE_READS',
    'SYNC_VERIFY_READS',
    'SYNC_RECENT_DAYS',
    'SYNC_SETTLE_SECONDS',
    'PSEUDONYM_MODE',
  ];
  const empty = Object.fromEntries(
    [...names, 'TASKS_SERVICE_ACCOUNT', 'RETRY_FUNCTION_URL'].map((name) => [name, '']),
  );
  expect(parseConfig({ ...project, ...empty })).toEqual(parseConfig(project));
});

test('every param is taken', () => {
  expect(
    parseConfig({
      GOOGLE_CLOUD_PROJECT: 'prod-project',
      SYNC_REGION: 'europe-west1',
      BIGQUERY_DATASET: 'lake_1',
      BIGQUERY_PROJECT: 'warehouse-1',
      SYNC_QUEUE: 'my-queue',
      TASKS_SERVICE_ACCOUNT: 'tasks@prod-project.iam.gserviceaccount.com',
      RETRY_FUNCTION_URL: 'https://retry-abc-an.a.run.app',
      SYNC_MAX_ATTEMPTS: '5',
      SYNC_RECONCILE_READS: '500',
      SYNC_VERIFY_READS: '0',
      PSEUDONYM_MODE: 'sha256-salt',
    }),
  ).toMatchObject({
    project: 'prod-project',
    region: 'europe-west1',
    dataset: 'lake_1',
    bigqueryProject: 'warehouse-1',
    queue: 'my-queue',
    tasksServiceAccount: 'tasks@prod-project.iam.gserviceaccount.com',
    retryUrl: 'https://retry-abc-an.a.run.app',
    pseudonymMode: 'sha256-salt',
    retry: { maxAttempts: 5 },
    reconcile: { maxReads: 500, verifyReads: 0 },
  });
});

test('region and project stand in the default address of the retry function', () => {
  expect(parseConfig({ ...project, SYNC_REGION: 'us-central1' }).retryUrl).toBe(
    'https://us-central1-demo-local.cloudfunctions.net/internal_retryBigQuerySync',
  );
});

const badValues: readonly (readonly [name: string, values: readonly string[], wanted: string])[] = [
  [
    'SYNC_REGION',
    ['Tokyo', 'asia_northeast1', 'asia-northeast1 ', 'https://x'],
    'must be a region such as asia-northeast1',
  ],
  [
    'BIGQUERY_DATASET',
    ['my-dataset', 'a.b', 'a`b', 'x'.repeat(1025)],
    'must be letters, digits and underscores',
  ],
  ['BIGQUERY_PROJECT', ['UPPER', 'abc', 'my_project', 'project-'], 'must be a project id'],
  ['SYNC_QUEUE', ['queue/1', 'queue_1', 'q'.repeat(101)], 'must be letters, digits and hyphens'],
  [
    'TASKS_SERVICE_ACCOUNT',
    ['tasks', 'tasks@', '@x', 'a b@c'],
    'must be an e-mail address of a service account',
  ],
  ['RETRY_FUNCTION_URL', ['cloudfunctions.net/x', 'ftp://x', 'https://', 'https://a b'], 'must be a URL'],
  ['PSEUDONYM_MODE', ['sha256', 'HMAC', 'none'], 'must be hmac or sha256-salt'],
  ['SYNC_MAX_ATTEMPTS', ['0', '-1', '100', '1.5', 'ten', '1e1', '0x5'], 'must be a number from 1 to 99'],
];

describe('a malformed value is named, and not echoed', () => {
  const each = badValues.flatMap(([name, values, wanted]) =>
    values.map((value) => [name, value, wanted] as const),
  );
  test.each(each)('%s=%s', (name, value, wanted) => {
    expect(problemsOf({ ...project, [name]: value })).toBe(
      `Cannot start: ${name} ${wanted}. Correct the params (.env files) and deploy again.`,
    );
  });
});

test.each([{}, { GCLOUD_PROJECT: '' }, { GCLOUD_PROJECT: '', GOOGLE_CLOUD_PROJECT: '' }])(
  'without a project (%j) nothing starts',
  (env) => {
    expect(problemsOf(env)).toContain('GCLOUD_PROJECT is missing');
  },
);

test('everything that is missing or malformed is named at once', () => {
  const env = Object.fromEntries(badValues.map(([name], i) => [name, `secret value ${i}`]));
  const message = problemsOf(env);
  for (const [name, , wanted] of badValues) expect(message).toContain(`${name} ${wanted}`);
  expect(message).toContain('GCLOUD_PROJECT is missing');
  expect(message).not.toContain('secret value');
});

describe('the variables of emulators', () => {
  const emulators = {
    BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:9050',
    FIRESTORE_EMULATOR_HOST: '127.0.0.1:8080',
    CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9499',
    OIDC_CERTS_URL: 'http://127.0.0.1:4400/certs',
  };

  test('give our queue the last word beside firebase-tools, which names a Tasks emulator of its own', () => {
    const env = {
      ...project,
      ...emulators,
      FUNCTIONS_EMULATOR: 'true',
      SYNC_TASKS_EMULATOR_HOST: '127.0.0.1:9599',
    };
    expect(parseConfig(env).emulator.tasksHost).toBe('127.0.0.1:9599');
  });

  test('count in an emulator', () => {
    expect(parseConfig({ ...project, ...emulators, FUNCTIONS_EMULATOR: 'true' }).emulator).toEqual({
      bigquery: 'http://127.0.0.1:9050',
      firestoreHost: '127.0.0.1:8080',
      tasksHost: '127.0.0.1:9499',
      certsUrl: 'http://127.0.0.1:4400/certs',
    });
  });

  test('name BigQuery with its protocol or without', () => {
    const env = { ...project, FUNCTIONS_EMULATOR: 'true', BIGQUERY_EMULATOR_HOST: 'localhost:9050' };
    expect(parseConfig(env).emulator.bigquery).toBe('http://localhost:9050');
  });

  // Whoever could set OIDC_CERTS_URL in production could sign tokens for the private function.
  test.each(['false', '', '1', 'TRUE', undefined])(
    'count for nothing when FUNCTIONS_EMULATOR is %j',
    (value) => {
      const env = { ...project, ...emulators, ...(value === undefined ? {} : { FUNCTIONS_EMULATOR: value }) };
      expect(parseConfig(env).emulator).toEqual({
        bigquery: undefined,
        firestoreHost: undefined,
        tasksHost: undefined,
        certsUrl: undefined,
      });
    },
  );
});
