// What Google asks of whoever calls: the permissions behind each method that the functions call, and those that the
// roles hold which are granted. Taken from Google's pages, which are named; a test compares them with what is called.

export const SOURCES = {
  firestore: 'https://cloud.google.com/firestore/docs/security/iam',
  bigquery: 'https://cloud.google.com/bigquery/docs/access-control',
  streaming: 'https://cloud.google.com/bigquery/docs/streaming-data-into-bigquery#required_permissions',
  tasks: 'https://cloud.google.com/iam/docs/roles-permissions/cloudtasks',
  oidc: 'https://cloud.google.com/tasks/docs/reference/rest/v2/OidcToken',
  secrets: 'https://cloud.google.com/secret-manager/docs/access-control',
  run: 'https://cloud.google.com/run/docs/reference/iam/roles',
  eventarc: 'https://cloud.google.com/eventarc/docs/all-roles-permissions',
  accounts: 'https://cloud.google.com/iam/docs/service-account-permissions',
} as const;

export interface Need {
  readonly permissions: readonly string[];
  readonly source: keyof typeof SOURCES;
}

const write = ['datastore.entities.create', 'datastore.entities.update'];

/** Which permissions a call needs, by service and method, as the local suite names them. */
export const NEEDS: Readonly<Record<string, Need>> = {
  'firestore BatchGetDocuments': { permissions: ['datastore.entities.get'], source: 'firestore' },
  // For a write whose document must exist, the page names `create` under batchWrite and `update` under commit.
  'firestore BatchWrite': { permissions: write, source: 'firestore' },
  'firestore Commit': { permissions: write, source: 'firestore' },
  'firestore delete': { permissions: ['datastore.entities.delete'], source: 'firestore' },
  'firestore RunQuery': {
    permissions: ['datastore.entities.get', 'datastore.entities.list'],
    source: 'firestore',
  },
  'firestore RunAggregationQuery': {
    permissions: ['datastore.entities.get', 'datastore.entities.list'],
    source: 'firestore',
  },
  'bigquery insertAll': { permissions: ['bigquery.tables.updateData'], source: 'streaming' },
  'bigquery datasets.get': { permissions: ['bigquery.datasets.get'], source: 'bigquery' },
  'bigquery SELECT': { permissions: ['bigquery.jobs.create', 'bigquery.tables.getData'], source: 'bigquery' },
  'bigquery DELETE': {
    permissions: ['bigquery.jobs.create', 'bigquery.tables.getData', 'bigquery.tables.updateData'],
    source: 'bigquery',
  },
  // The answer of a job belongs to whoever ran it.
  'bigquery getQueryResults': { permissions: [], source: 'bigquery' },
  'tasks createTask': { permissions: ['cloudtasks.tasks.create'], source: 'tasks' },
  'tasks oidcToken': { permissions: ['iam.serviceAccounts.actAs'], source: 'oidc' },
  'tasks getTask': { permissions: ['cloudtasks.tasks.get'], source: 'tasks' },
  'tasks deleteTask': { permissions: ['cloudtasks.tasks.delete'], source: 'tasks' },
  'secret of the options': { permissions: ['secretmanager.versions.access'], source: 'secrets' },
  'event of the options': {
    permissions: ['eventarc.events.receiveEvent', 'run.routes.invoke'],
    source: 'eventarc',
  },
  'schedule of the options': { permissions: ['run.routes.invoke'], source: 'run' },
};

/** Of Google's own roles that are granted: those of their permissions that the pipeline could use. */
export const PREDEFINED: Readonly<Record<string, Need>> = {
  'roles/bigquery.jobUser': { permissions: ['bigquery.jobs.create'], source: 'bigquery' },
  'roles/cloudtasks.enqueuer': { permissions: ['cloudtasks.tasks.create'], source: 'tasks' },
  'roles/cloudtasks.taskDeleter': { permissions: ['cloudtasks.tasks.delete'], source: 'tasks' },
  'roles/iam.serviceAccountUser': { permissions: ['iam.serviceAccounts.actAs'], source: 'accounts' },
  'roles/secretmanager.secretAccessor': {
    permissions: ['secretmanager.versions.access'],
    source: 'secrets',
  },
  'roles/eventarc.eventReceiver': { permissions: ['eventarc.events.receiveEvent'], source: 'eventarc' },
  'roles/run.invoker': { permissions: ['run.routes.invoke'], source: 'run' },
};
