// Params and secrets with their defaults, parsed once. Nothing else in functions/ knows an environment variable.
import { defineBoolean, defineInt, defineSecret, defineString } from 'firebase-functions/params';
import * as z from 'zod';
import { SafeError, vouched } from './pipelines/reason.ts';
import type { ReconcileLimits } from './steps/reconcile-report.ts';
import type { RetryPolicy } from './steps/backoff.ts';
import type { PseudonymMode } from './steps/pseudonym-key.ts';

export const RETRY_FUNCTION = 'internal_retryBigQuerySync';
export const FAILURES_COLLECTION = 'bigquerySyncFailures';
export const REPORTS_COLLECTION = 'bigquerySyncReports';
export const ERASURES_COLLECTION = 'bigqueryErasures';
export const TOMBSTONES_COLLECTION = 'bigqueryErasedPersons';

const DEFAULTS = {
  region: 'asia-northeast1',
  dataset: 'analytics_production',
  queue: 'bigquery-sync-queue',
  maxAttempts: 10,
  reconcileReads: 10_000,
  verifyReads: 2_400,
  recentDays: 7,
  settleSeconds: 900,
  pseudonymMode: 'hmac',
};

/** Known at deploy time: they stand in the functions' options. */
export const params = {
  region: defineString('SYNC_REGION', {
    default: DEFAULTS.region,
    description: 'Region of the functions and of the queue. With a multi-region database, one inside it.',
  }),
  maxInstances: defineInt('SYNC_MAX_INSTANCES', {
    default: 100,
    description: 'Most instances of each function.',
  }),
  concurrency: defineInt('SYNC_CONCURRENCY', {
    default: 80,
    description:
      'Events that one instance handles at once, 1 to 1000: their rows and statuses travel together.',
  }),
  dataset: defineString('BIGQUERY_DATASET', {
    default: DEFAULTS.dataset,
    description: 'BigQuery dataset of the tables.',
  }),
  bigqueryProject: defineString('BIGQUERY_PROJECT', {
    default: '',
    description: 'Project of the dataset; empty for the project of the functions.',
  }),
  queue: defineString('SYNC_QUEUE', {
    default: DEFAULTS.queue,
    description: 'Cloud Tasks queue of the retries.',
  }),
  maxAttempts: defineInt('SYNC_MAX_ATTEMPTS', {
    default: DEFAULTS.maxAttempts,
    description:
      'Attempts by tasks before a failure is abandoned. Must stay below the task_retry_limit of queue.yaml.',
  }),
  reconcileReads: defineInt('SYNC_RECONCILE_READS', {
    default: DEFAULTS.reconcileReads,
    description:
      'Most Firestore reads of one reconciliation: about one per 1,000 documents when nothing is missing. The next run goes on.',
  }),
  verifyReads: defineInt('SYNC_VERIFY_READS', {
    default: DEFAULTS.verifyReads,
    description:
      'Documents that each reconciliation of all of time, once a day, looks up one by one, in turn; 0 for none.',
  }),
  recentDays: defineInt('SYNC_RECENT_DAYS', {
    default: DEFAULTS.recentDays,
    description:
      'Days that the hourly reconciliation counts; once a day it counts all of time. 0: all of time every hour, which scans the table every hour.',
  }),
  settleSeconds: defineInt('SYNC_SETTLE_SECONDS', {
    default: DEFAULTS.settleSeconds,
    description: 'Documents written less than this ago are left to their own event by the reconciliation.',
  }),
  pseudonymMode: defineString('PSEUDONYM_MODE', {
    default: DEFAULTS.pseudonymMode,
    description:
      'hmac, or sha256-salt for data that is pseudonymised by SHA-256 of user id and salt already: weaker, see docs/privacy.md.',
  }),
  eraseDeletedAccounts: defineBoolean('SYNC_ERASE_DELETED_ACCOUNTS', {
    default: false,
    description:
      'Deploy a function that erases from BigQuery whoever is deleted from Firebase Authentication.',
  }),
  tasksServiceAccount: defineString('TASKS_SERVICE_ACCOUNT', {
    default: '',
    description:
      'Service account whose token the tasks carry; empty for bigquery-sync-tasks@<project>.iam.gserviceaccount.com.',
  }),
  retryUrl: defineString('RETRY_FUNCTION_URL', {
    default: '',
    description: `URL of ${RETRY_FUNCTION}; empty for its cloudfunctions.net address.`,
  }),
};

export const salt = defineSecret('PSEUDONYMIZATION_SALT');

/** Backoff of queue.yaml, which a test compares. Only used to know when a task is overdue. */
export const QUEUE_BACKOFF = { minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };

/** A reconciliation begins nothing new after this time, well below the function's timeout. */
const RECONCILE_MS = 5 * 60_000;

export interface Config {
  readonly project: string;
  readonly region: string;
  readonly bigqueryProject: string;
  readonly dataset: string;
  readonly queue: string;
  readonly tasksServiceAccount: string;
  readonly retryUrl: string;
  readonly pseudonymMode: PseudonymMode;
  /** Of the metadata server; undefined where the functions do not run in Google's cloud. */
  readonly metadataHost: string | undefined;
  readonly retry: RetryPolicy;
  readonly reconcile: ReconcileLimits;
  readonly emulator: {
    /** Origin of a BigQuery emulator, where there are no credentials to look for. */
    readonly bigquery: string | undefined;
    /** `host:port` of a Firestore emulator. */
    readonly firestoreHost: string | undefined;
    /** `host:port` of a Cloud Tasks emulator. */
    readonly tasksHost: string | undefined;
    /** Certificates of the emulator's tokens. Never read outside an emulator: it decides whom we trust. */
    readonly certsUrl: string | undefined;
  };
}

const orDefault = (pattern: RegExp, wanted: string, fallback: string) =>
  z
    .string()
    .optional()
    .transform((value) => value || fallback)
    .pipe(z.string().regex(pattern, { error: `must be ${wanted}` }));

const environment = z
  .object({
    GCLOUD_PROJECT: z.string().optional(),
    GOOGLE_CLOUD_PROJECT: z.string().optional(),
    SYNC_REGION: orDefault(/^[a-z]+-[a-z]+\d+$/, 'a region such as asia-northeast1', DEFAULTS.region),
    BIGQUERY_DATASET: orDefault(/^\w{1,1024}$/, 'letters, digits and underscores', DEFAULTS.dataset),
    BIGQUERY_PROJECT: orDefault(/^$|^[a-z][a-z0-9-]{4,61}[a-z0-9]$/, 'a project id', ''),
    SYNC_QUEUE: orDefault(/^[A-Za-z0-9-]{1,100}$/, 'letters, digits and hyphens', DEFAULTS.queue),
    TASKS_SERVICE_ACCOUNT: orDefault(/^$|^[^@\s]+@[^@\s]+$/, 'an e-mail address of a service account', ''),
    RETRY_FUNCTION_URL: orDefault(/^$|^https?:\/\/\S+$/, 'a URL', ''),
    SYNC_MAX_ATTEMPTS: orDefault(/^([1-9]|[1-9]\d)$/, 'a number from 1 to 99', String(DEFAULTS.maxAttempts)),
    SYNC_RECONCILE_READS: orDefault(/^[1-9]\d{0,8}$/, 'a number from 1', String(DEFAULTS.reconcileReads)),
    SYNC_VERIFY_READS: orDefault(/^\d{1,9}$/, 'a number from 0', String(DEFAULTS.verifyReads)),
    SYNC_RECENT_DAYS: orDefault(/^\d{1,5}$/, 'a number from 0', String(DEFAULTS.recentDays)),
    SYNC_SETTLE_SECONDS: orDefault(/^\d{1,6}$/, 'a number from 0', String(DEFAULTS.settleSeconds)),
    PSEUDONYM_MODE: z
      .enum(['', 'hmac', 'sha256-salt'], { error: 'must be hmac or sha256-salt' })
      .optional()
      .transform((mode): PseudonymMode => mode || 'hmac'),
    K_SERVICE: z.string().optional(), // the cloud sets it
    GCE_METADATA_HOST: z.string().optional(),
    FUNCTIONS_EMULATOR: z.string().optional(),
    BIGQUERY_EMULATOR_HOST: z.string().optional(),
    FIRESTORE_EMULATOR_HOST: z.string().optional(),
    CLOUD_TASKS_EMULATOR_HOST: z.string().optional(),
    // firebase-tools sets the former to a Tasks emulator of its own, which knows no queue.yaml.
    SYNC_TASKS_EMULATOR_HOST: z.string().optional(),
    OIDC_CERTS_URL: z.string().optional(),
  })
  .refine((env) => env.GCLOUD_PROJECT || env.GOOGLE_CLOUD_PROJECT, {
    path: ['GCLOUD_PROJECT'],
    error: 'is missing',
    when: () => true, // so that it is named together with the others
  });

/** Names every missing or malformed value at once, and no value. */
export class ConfigError extends SafeError {
  constructor(problems: readonly string[]) {
    super(vouched(`Cannot start: ${problems.join('; ')}. Correct the params (.env files) and deploy again.`));
    this.name = 'ConfigError';
  }
}

export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const result = environment.safeParse(env);
  if (!result.success) {
    throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  }
  const values = result.data;
  const project = values.GCLOUD_PROJECT || values.GOOGLE_CLOUD_PROJECT || '';
  const emulated = values.FUNCTIONS_EMULATOR === 'true';
  return {
    project,
    region: values.SYNC_REGION,
    bigqueryProject: values.BIGQUERY_PROJECT || project,
    dataset: values.BIGQUERY_DATASET,
    queue: values.SYNC_QUEUE,
    tasksServiceAccount:
      values.TASKS_SERVICE_ACCOUNT || `bigquery-sync-tasks@${project}.iam.gserviceaccount.com`,
    retryUrl:
      values.RETRY_FUNCTION_URL ||
      `https://${values.SYNC_REGION}-${project}.cloudfunctions.net/${RETRY_FUNCTION}`,
    pseudonymMode: values.PSEUDONYM_MODE,
    metadataHost:
      values.K_SERVICE && !emulated ? values.GCE_METADATA_HOST || 'metadata.google.internal' : undefined,
    retry: { maxAttempts: Number(values.SYNC_MAX_ATTEMPTS), ...QUEUE_BACKOFF },
    reconcile: {
      maxReads: Number(values.SYNC_RECONCILE_READS),
      verifyReads: Number(values.SYNC_VERIFY_READS),
      maxMs: RECONCILE_MS,
      recentDays: Number(values.SYNC_RECENT_DAYS),
      settleMs: Number(values.SYNC_SETTLE_SECONDS) * 1000,
    },
    emulator: {
      bigquery: emulated ? toOrigin(values.BIGQUERY_EMULATOR_HOST) : undefined,
      firestoreHost: emulated ? values.FIRESTORE_EMULATOR_HOST : undefined,
      tasksHost: emulated ? values.SYNC_TASKS_EMULATOR_HOST || values.CLOUD_TASKS_EMULATOR_HOST : undefined,
      certsUrl: emulated ? values.OIDC_CERTS_URL : undefined,
    },
  };
}

/** Google's client wants the variable with its protocol; other tools leave it out. */
function toOrigin(host: string | undefined): string | undefined {
  if (!host) return undefined;
  return host.includes('://') ? host : `http://${host}`;
}
