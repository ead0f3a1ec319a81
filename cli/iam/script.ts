// The list of roles as a shell script: `gcloud` and `bq` make the accounts, the roles of our own and the grants. Running it
// again changes nothing. It grants, and takes nothing away: what somebody granted by hand stays.
import {
  CUSTOM_ROLES,
  ACCOUNTS,
  isCustom,
  TASKS_ACCOUNT,
  type Account,
  type Grant,
  type Resource,
} from './roles.ts';

export interface ScriptOptions {
  readonly project: string;
  /** Project of the dataset. */
  readonly bigqueryProject: string;
  readonly region: string;
  readonly dataset: string;
  readonly queue: string;
  readonly secret: string;
  /** The functions that are deployed: their own services are granted on. */
  readonly functions: readonly string[];
  /** Google's own roles instead of ours, for organisations that allow no others. They allow more. */
  readonly predefined: boolean;
}

export function renderScript(options: ScriptOptions): string {
  const { project, bigqueryProject, region, dataset, queue, secret, predefined } = options;
  const values = { project, bigqueryProject, region, dataset, queue, secret };
  return [
    '#!/usr/bin/env bash',
    '# Made by `npm run pipeline -- iam --script`. Needs gcloud and bq, and somebody who may set IAM policies.',
    '# Run it before the first deploy, and again after it: the last grants are on what the deploy makes.',
    'set -euo pipefail',
    '',
    ...Object.entries(values).map(([name, value]) => `${toVariable(name)}='${value}'`),
    '',
    ...FUNCTIONS,
    '',
    '# Accounts',
    ...ACCOUNTS.map(({ id, what }) => `account ${id} ${quote(what)}`),
    `account ${TASKS_ACCOUNT} 'whose token the tasks carry; nobody runs as it'`,
    '',
    ...(predefined
      ? ["# Roles: Google's own, which allow more than is used"]
      : ['# Roles of our own: what is used, and nothing else', ...rolesOf()]),
    '',
    '# Grants',
    ...ACCOUNTS.flatMap((account) => grantsOf(account, predefined)),
    '',
    '# Grants on what a deploy makes',
    ...afterDeploy(options.functions),
    '',
  ].join('\n');
}

const FUNCTIONS = [
  'account() {',
  '  gcloud iam service-accounts describe "$1@$PROJECT.iam.gserviceaccount.com" --project="$PROJECT" >/dev/null 2>&1 ||',
  '    gcloud iam service-accounts create "$1" --project="$PROJECT" --description="$2"',
  '}',
  'role() {',
  '  local verb=create',
  '  gcloud iam roles describe "$2" --project="$1" >/dev/null 2>&1 && verb=update',
  '  gcloud iam roles "$verb" "$2" --project="$1" --title="$3" --permissions="$4" --stage=GA --quiet >/dev/null',
  '}',
  'member() { echo "serviceAccount:$1@$PROJECT.iam.gserviceaccount.com"; }',
  'on_project() {',
  '  gcloud projects add-iam-policy-binding "$3" --member="$(member "$1")" --role="$2" --condition=None --quiet >/dev/null',
  '}',
  'on_dataset() {',
  '  bq --project_id="$BIGQUERY_PROJECT" query --quiet --use_legacy_sql=false \\',
  '    "GRANT \\`$2\\` ON SCHEMA \\`$BIGQUERY_PROJECT.$DATASET\\` TO \'$(member "$1")\'" >/dev/null',
  '}',
  'on_queue() {',
  '  gcloud tasks queues add-iam-policy-binding "$QUEUE" --project="$PROJECT" --location="$REGION" \\',
  '    --member="$(member "$1")" --role="$2" --quiet >/dev/null',
  '}',
  'on_secret() {',
  '  gcloud secrets add-iam-policy-binding "$SECRET" --project="$PROJECT" \\',
  '    --member="$(member "$1")" --role="$2" --quiet >/dev/null',
  '}',
  'on_account_of_the_tasks() {',
  `  gcloud iam service-accounts add-iam-policy-binding "${TASKS_ACCOUNT}@$PROJECT.iam.gserviceaccount.com" \\`,
  '    --project="$PROJECT" --member="$(member "$1")" --role="$2" --quiet >/dev/null',
  '}',
  'invoker() {',
  '  if gcloud functions describe "$2" --v2 --project="$PROJECT" --region="$REGION" >/dev/null 2>&1; then',
  '    gcloud functions add-invoker-policy-binding "$2" --project="$PROJECT" --region="$REGION" \\',
  '      --member="$(member "$1")" --quiet >/dev/null',
  '  else',
  '    echo "$2 is not deployed yet: run this script again after the deploy" >&2',
  '  fi',
  '}',
];

function rolesOf(): readonly string[] {
  return Object.entries(CUSTOM_ROLES).map(([id, { title, permissions }]) => {
    const project = permissions.every((permission) => permission.startsWith('bigquery.'))
      ? '$BIGQUERY_PROJECT'
      : '$PROJECT';
    return `role "${project}" ${id} ${quote(title)} ${permissions.join(',')}`;
  });
}

function grantsOf({ id, grants }: Account, predefined: boolean): readonly string[] {
  return grants
    .filter(({ on }) => on !== 'service')
    .map((grant) => {
      const { call, after } = ON[grant.on];
      return `${call} ${id} "${nameOf(grant, predefined)}"${after}`;
    });
}

/** The function of the script that grants on it, and what else that needs to be told. */
const ON: Readonly<Record<Resource, { readonly call: string; readonly after: string }>> = {
  project: { call: 'on_project', after: ' "$PROJECT"' },
  'project of the dataset': { call: 'on_project', after: ' "$BIGQUERY_PROJECT"' },
  dataset: { call: 'on_dataset', after: '' },
  queue: { call: 'on_queue', after: '' },
  secret: { call: 'on_secret', after: '' },
  'account of the tasks': { call: 'on_account_of_the_tasks', after: '' },
  service: { call: 'invoker', after: '' },
};

function nameOf({ role, on }: Grant, predefined: boolean): string {
  if (!isCustom(role)) return role;
  if (predefined) return CUSTOM_ROLES[role].insteadOf;
  return `projects/${on === 'dataset' ? '$BIGQUERY_PROJECT' : '$PROJECT'}/roles/${role}`;
}

function afterDeploy(functions: readonly string[]): readonly string[] {
  return ACCOUNTS.flatMap(({ id, runs, grants }) =>
    grants.some(({ on, byDeploy }) => on === 'service' && !byDeploy)
      ? functions.filter((name) => runs.test(name)).map((name) => `invoker ${id} ${name}`)
      : [],
  );
}

const toVariable = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const quote = (text: string) => `'${text}'`;
