// What a deploy runs, in its order, as commands that a person could type. Pure: the same list is printed by --dry-run.
import { ACCOUNTS, TASKS_ACCOUNT } from '../iam/roles.ts';

export interface DeployOptions {
  readonly project: string;
  readonly region: string;
  /** How the Firebase CLI is called: `firebase`, or `npx firebase-tools@15`. */
  readonly firebase: readonly string[];
  /** The functions that the code exports. */
  readonly functions: readonly string[];
  /** Security rules too: the app may have its own. */
  readonly rules: boolean;
  readonly tests: boolean;
  /** Asks nothing. */
  readonly nonInteractive: boolean;
}

export interface Command {
  readonly why: string;
  readonly argv: readonly [string, ...string[]];
}

export const SECRET = 'PSEUDONYMIZATION_SALT';

/** Questions to the project; each answers with lines on its standard output. Nothing is changed by them. */
export function checksOf({ project }: Pick<DeployOptions, 'project'>) {
  return {
    accounts: {
      why: 'the service accounts that the functions run as',
      argv: ['gcloud', 'iam', 'service-accounts', 'list', `--project=${project}`, '--format=value(email)'],
    },
    secret: {
      why: 'the secret of the pseudonyms has an enabled version',
      argv: [
        'gcloud',
        'secrets',
        'versions',
        'list',
        SECRET,
        `--project=${project}`,
        '--filter=state=ENABLED',
        '--format=value(name)',
      ],
    },
    database: {
      why: 'where the database is',
      argv: [
        'gcloud',
        'firestore',
        'databases',
        'describe',
        '--database=(default)',
        `--project=${project}`,
        '--format=value(locationId)',
      ],
    },
  } as const satisfies Record<string, Command>;
}

export function commandsOf(options: DeployOptions): readonly Command[] {
  const { project, region, firebase, functions, rules, tests, nonInteractive } = options;
  const only = ['functions', 'firestore:indexes', ...(rules ? ['firestore:rules'] : [])].join(',');
  const [program = 'firebase', ...before] = firebase;
  return [
    { why: 'types and build', argv: ['npm', 'run', '--silent', 'build'] },
    ...(tests ? [{ why: 'tests', argv: ['npm', 'test'] as const }] : []),
    {
      why: 'deploy',
      argv: [
        program,
        ...before,
        'deploy',
        `--project=${project}`,
        `--only=${only}`,
        ...(nonInteractive ? ['--non-interactive'] : []),
      ],
    },
    ...ACCOUNTS.flatMap(({ id, runs, grants }) =>
      grants.some(({ on, byDeploy }) => on === 'service' && !byDeploy)
        ? functions
            .filter((name) => runs.test(name))
            .map((name): Command => {
              const member = `--member=serviceAccount:${id}@${project}.iam.gserviceaccount.com`;
              const words = ['functions', 'add-invoker-policy-binding', name];
              const where = [`--project=${project}`, `--region=${region}`];
              return { why: `Eventarc may call ${name}`, argv: ['gcloud', ...words, ...where, member] };
            })
        : [],
    ),
  ];
}

/** E-mail addresses that must be there before a deploy. */
export function accountsOf({ project, functions }: DeployOptions): readonly string[] {
  const used = ACCOUNTS.filter(({ runs }) => functions.some((name) => runs.test(name)));
  return [...used.map(({ id }) => id), TASKS_ACCOUNT].map((id) => `${id}@${project}.iam.gserviceaccount.com`);
}

/** As a shell would take it. */
export function toLine({ argv }: Command): string {
  return argv.map((word) => (/^[\w./:=@,-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}
