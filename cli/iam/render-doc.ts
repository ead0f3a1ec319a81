// `docs/iam.md`: who may do what, for people to review. Made from the list of roles.
import { NEEDS, SOURCES } from './permissions.ts';
import { ACCOUNTS, CUSTOM_ROLES, TASKS_ACCOUNT, type Account, type Grant } from './roles.ts';

export function renderDoc(functions: readonly string[]): string {
  return [
    '# Who may do what',
    '',
    'Made by `npm run pipeline -- iam` from [cli/iam/roles.ts](../cli/iam/roles.ts); a test compares. Another test runs every function on the emulators, in each way that it can end, and compares what it called with what it is granted here: nothing is missing, and nothing is granted that is not used.',
    '',
    'Each function runs as an account of its own (`serviceAccount` in [functions/index.ts](../functions/index.ts)); the functions of several pipelines (`…_onComplete`) run the same code and share one. The project’s default account has no part in it.',
    '',
    '```',
    'npm run --silent pipeline -- iam --script --project PROJECT > iam.sh    # read it, then',
    'bash iam.sh                                                            # before the first deploy',
    'npm run deploy -- --project PROJECT                                    # makes the last grants itself',
    '```',
    '',
    'The script makes accounts, roles and grants; run again it changes nothing. Dataset, queue and secret must be there (`provision`, and the walk-through in [deploy.md](deploy.md)). With `--predefined` it grants Google’s own roles in place of ours, for organisations that allow no custom roles.',
    '',
    '## At a glance',
    '',
    '| account | runs | reads rows | writes rows | reads documents | writes documents | deletes documents | has the secret |',
    '|---|---|---|---|---|---|---|---|',
    ...ACCOUNTS.map((account) => glance(account, functions)),
    `| \`${TASKS_ACCOUNT}@\` | nothing: the tasks carry its token | | | | | | |`,
    '',
    ...ACCOUNTS.flatMap((account) => sectionOf(account, functions)),
    `## ${TASKS_ACCOUNT}@`,
    '',
    'Cloud Tasks signs the token of each task for it, and it may call `internal_retryBigQuerySync` (`roles/run.invoker` on its service alone, made by every deploy from the option `invoker`). Nothing else is granted to it. With the param `TASKS_SERVICE_ACCOUNT` set to another account, name that account in `invoker` too: a deploy takes everybody else’s right to call away.',
    '',
    '## Roles of our own',
    '',
    'Each holds what is used. IAM opens Firestore per database and not per collection: whoever may read failure records may read users too. Only code keeps the functions to their collections.',
    '',
    '| role | permissions | instead of | because |',
    '|---|---|---|---|',
    ...Object.entries(CUSTOM_ROLES).map(
      ([id, { permissions, insteadOf, tooWide }]) =>
        `| \`${id}\` | ${permissions.map(code).join(', ')} | \`${insteadOf}\` | ${tooWide} |`,
    ),
    '',
    '## Which call needs what',
    '',
    '| call | permissions | source |',
    '|---|---|---|',
    ...Object.entries(NEEDS).map(
      ([call, { permissions, source }]) =>
        `| ${call} | ${permissions.map(code).join(', ') || 'none of its own'} | [${source}](${SOURCES[source]}) |`,
    ),
    '',
    '## People and builds',
    '',
    '| who | needs |',
    '|---|---|',
    '| whoever deploys | `roles/firebase.admin` or `roles/cloudfunctions.admin`, and `roles/iam.serviceAccountUser` on each account above |',
    '| whoever runs `npm run pipeline -- status`, `failures …`, `reconcile` | what the sweep has; `replay` also enqueues; `reconcile` runs the schedule: `cloudscheduler.jobs.run` |',
    '| Cloud Build | the account that builds functions in the project; see [Google’s page](https://cloud.google.com/functions/docs/securing/build-custom-sa). It never runs them |',
    '| analysts | `roles/bigquery.dataViewer` on the views alone, or on the dataset: [security.md](security.md) |',
    '',
  ].join('\n');
}

function glance({ id, runs, grants }: Account, functions: readonly string[]): string {
  const has = (...roles: Grant['role'][]) => (grants.some(({ role }) => roles.includes(role)) ? 'yes' : '');
  return `| \`${id}@\` | ${runBy(runs, functions)} | ${[
    has('bigquerySyncRowReads'),
    has('bigquerySyncRowInserts'),
    has('bigquerySyncDocumentReads'),
    has('bigquerySyncDocumentWrites'),
    has('bigquerySyncDocumentDeletion'),
    has('roles/secretmanager.secretAccessor'),
  ].join(' | ')} |`;
}

function runBy(runs: RegExp, functions: readonly string[]): string {
  const names = functions.filter((name) => runs.test(name));
  return names.length > 0 ? names.map(code).join(', ') : 'nothing yet';
}

function sectionOf({ id, runs, what, grants }: Account, functions: readonly string[]): readonly string[] {
  return [
    `## ${id}@`,
    '',
    `${runBy(runs, functions)}: ${what}.`,
    '',
    '| role | on | for | made by |',
    '|---|---|---|---|',
    ...grants.map(({ role, on, why, byDeploy }) => {
      const by = byDeploy ? 'every deploy' : on === 'service' ? '`npm run deploy`, the script' : 'the script';
      return `| \`${role}\` | ${on} | ${why} | ${by} |`;
    }),
    '',
  ];
}

const code = (text: string) => `\`${text}\``;
