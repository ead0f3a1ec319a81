// Who may do what: the service account of each function, and the roles that it is granted, each on the smallest thing
// that it can be granted on. Data alone: `docs/iam.md` and the script are made from it, and a test compares it with
// what the functions really call.

/** Roles of our own, where the smallest one of Google's allows much more. They are made in the project of what they open. */
export const CUSTOM_ROLES = {
  bigquerySyncDocumentReads: {
    title: 'BigQuery sync: documents by name, to read',
    permissions: ['datastore.entities.get'],
    insteadOf: 'roles/datastore.viewer',
    tooWide: 'it also lists documents, indexes and statistics',
  },
  bigquerySyncDocumentWrites: {
    title: 'BigQuery sync: documents by name, to write',
    permissions: ['datastore.entities.create', 'datastore.entities.update'],
    insteadOf: 'roles/datastore.user',
    tooWide: 'it also reads, lists and deletes documents',
  },
  bigquerySyncDocumentQueries: {
    title: 'BigQuery sync: queries of documents',
    permissions: ['datastore.entities.list'],
    insteadOf: 'roles/datastore.viewer',
    tooWide: 'it also shows indexes, statistics and backups',
  },
  bigquerySyncDocumentDeletion: {
    title: 'BigQuery sync: deletion of documents',
    permissions: ['datastore.entities.delete'],
    insteadOf: 'roles/datastore.user',
    tooWide: 'nothing smaller of Google deletes documents',
  },
  bigquerySyncRowInserts: {
    title: 'BigQuery sync: rows, to write',
    permissions: ['bigquery.tables.updateData'],
    insteadOf: 'roles/bigquery.dataEditor',
    tooWide: 'it also reads all rows, and creates, changes and deletes tables',
  },
  bigquerySyncRowReads: {
    title: 'BigQuery sync: rows, to read',
    permissions: ['bigquery.tables.getData'],
    insteadOf: 'roles/bigquery.dataViewer',
    tooWide: 'it also exports and copies tables',
  },
  bigquerySyncDataset: {
    title: 'BigQuery sync: options of the dataset',
    permissions: ['bigquery.datasets.get'],
    insteadOf: 'roles/bigquery.metadataViewer',
    tooWide: 'it also lists tables and reads their schemas',
  },
  bigquerySyncTaskReads: {
    title: 'BigQuery sync: whether a task is there',
    permissions: ['cloudtasks.tasks.get'],
    insteadOf: 'roles/cloudtasks.viewer',
    tooWide: 'it also lists all tasks and queues',
  },
} as const;

export type CustomRole = keyof typeof CUSTOM_ROLES;

/** What a role is granted on. `service`: the Cloud Run service of the function itself. */
export type Resource =
  'project' | 'project of the dataset' | 'dataset' | 'queue' | 'secret' | 'account of the tasks' | 'service';

export interface Grant {
  readonly role: CustomRole | `roles/${string}`;
  readonly on: Resource;
  readonly why: string;
  /** Made by `firebase deploy`, from the function's options: the script leaves it. */
  readonly byDeploy?: true;
}

export interface Account {
  /** What stands before the @; 30 characters at most. */
  readonly id: string;
  /** The functions that run as it. */
  readonly runs: RegExp;
  readonly what: string;
  readonly grants: readonly Grant[];
}

const writes: Grant = {
  role: 'bigquerySyncDocumentWrites',
  on: 'project',
  why: 'failure records, and the status on the document',
};
const documents: readonly Grant[] = [
  { role: 'bigquerySyncDocumentReads', on: 'project', why: 'failure records, documents, tombstones' },
  writes,
];
const queries: Grant = {
  role: 'bigquerySyncDocumentQueries',
  on: 'project',
  why: 'which records are due',
};
const insert: Grant = { role: 'bigquerySyncRowInserts', on: 'dataset', why: 'streaming inserts' };
const read: Grant = { role: 'bigquerySyncRowReads', on: 'dataset', why: 'counts and keys' };
const job: Grant = { role: 'roles/bigquery.jobUser', on: 'project of the dataset', why: 'queries' };
const secret: Grant = {
  role: 'roles/secretmanager.secretAccessor',
  on: 'secret',
  why: 'the keys of the pseudonyms',
};
const enqueue: readonly Grant[] = [
  { role: 'roles/cloudtasks.enqueuer', on: 'queue', why: 'the task of a failure' },
  {
    role: 'roles/iam.serviceAccountUser',
    on: 'account of the tasks',
    why: 'tasks that carry the token of that account',
  },
];
const scheduled: Grant = {
  role: 'roles/run.invoker',
  on: 'service',
  why: 'Cloud Scheduler calls with the token of the function’s own account',
  byDeploy: true,
};

/** Nobody runs as it: its token is what the tasks carry, and all that it may do is call the retry function. */
export const TASKS_ACCOUNT = 'bigquery-sync-tasks';

export const ACCOUNTS: readonly Account[] = [
  {
    id: 'bigquery-sync-trigger',
    runs: /^\w+_on(Complete|Change)$/,
    what: 'sends a document that was completed or changed: it writes rows and cannot read any',
    grants: [
      ...documents,
      insert,
      ...enqueue,
      secret,
      { role: 'roles/eventarc.eventReceiver', on: 'project', why: 'its events' },
      { role: 'roles/run.invoker', on: 'service', why: 'Eventarc delivers with the token of this account' },
    ],
  },
  {
    id: 'bigquery-sync-retry',
    runs: /^internal_retryBigQuerySync$/,
    what: 'tries a failure again',
    grants: [...documents, insert, secret],
  },
  {
    id: 'bigquery-sync-sweep',
    runs: /^internal_sweepSyncFailures$/,
    what: 'gives failures the task that they lost: no rows, no secret',
    grants: [
      ...documents,
      queries,
      ...enqueue,
      { role: 'bigquerySyncTaskReads', on: 'queue', why: 'whether the task is still there' },
      scheduled,
    ],
  },
  {
    id: 'bigquery-sync-reconcile',
    runs: /^internal_reconcileSync$/,
    what: 'compares both sides, and sends what is missing',
    grants: [
      ...documents,
      { ...queries, why: 'counts and pages of completed documents' },
      insert,
      read,
      job,
      ...enqueue,
      secret,
      scheduled,
    ],
  },
  {
    id: 'bigquery-sync-erase',
    runs: /^internal_erasePersons$/,
    what: 'deletes what there is of a person who asked to be forgotten',
    grants: [
      ...documents.map((grant) => ({ ...grant, why: 'requests, receipts and tombstones' })),
      { ...queries, why: 'which requests are due, and whose failures there are' },
      { role: 'bigquerySyncDocumentDeletion', on: 'project', why: 'failures of the person' },
      { ...insert, why: 'DELETE of the person’s rows' },
      { ...read, why: 'counts of the person’s rows' },
      { role: 'roles/cloudtasks.taskDeleter', on: 'queue', why: 'tasks of those failures' },
      { role: 'bigquerySyncDataset', on: 'dataset', why: 'how long deleted rows can still be read' },
      job,
      secret,
      scheduled,
    ],
  },
  {
    id: 'bigquery-sync-account-delete',
    runs: /^account_onDelete$/,
    what: 'leaves a request of erasure when an account of the app is deleted',
    grants: [{ ...writes, why: 'the request' }],
  },
];

/** Undefined for a function that nobody has thought of. */
export function accountOf(functionName: string): Account | undefined {
  return ACCOUNTS.find(({ runs }) => runs.test(functionName));
}

export function isCustom(role: Grant['role']): role is CustomRole {
  return Object.hasOwn(CUSTOM_ROLES, role);
}
