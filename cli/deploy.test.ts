// The deploy command against stand-ins of gcloud, npm and the Firebase CLI that write down what they were asked for.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pipelines } from '../functions/index.ts';
import { MULTI_REGIONS, fitRegion } from './deploy/regions.ts';
import { ACCOUNTS } from './iam/roles.ts';

const PROJECT = 'demo-deploy';
const ALL = [...ACCOUNTS.map(({ id }) => id), 'bigquery-sync-tasks'].map(
  (id) => `${id}@${PROJECT}.iam.gserviceaccount.com`,
);

let folder: string;
/** What the stand-ins answer, and which command fails. */
let project: { accounts: readonly string[]; secret: string; location: string; fails: string };

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'deploy-'));
  for (const program of ['gcloud', 'npm', 'firebase', 'npx']) {
    const file = path.join(folder, program);
    const answers = `
case "$*" in
  *"service-accounts list"*) printf '%s\\n' $ACCOUNTS ;;
  *"secrets versions list"*) printf '%s\\n' "$SECRET" ;;
  *"databases describe"*) printf '%s\\n' "$LOCATION" ;;
  *) printf '%s\\n' "${program} $*" >> "$ASKED" ;;
esac
[[ "$FAILS" == "" || "${program} $*" != *"$FAILS"* ]]`;
    writeFileSync(file, `#!/usr/bin/env bash${answers}\n`);
    chmodSync(file, 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  project = { accounts: ALL, secret: '1', location: 'asia-northeast1', fails: '' };
});

function deploy(flags: readonly string[] = [], where = `${folder}:${process.env['PATH']}`) {
  const ASKED = path.join(folder, 'asked');
  rmSync(ASKED, { force: true });
  const { accounts, secret, location, fails } = project;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(__dirname, 'deploy.ts'), '--project', PROJECT, ...flags],
    {
      env: {
        PATH: where,
        ASKED,
        ACCOUNTS: accounts.join(' '),
        SECRET: secret,
        LOCATION: location,
        FAILS: fails,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    },
  );
  const asked = existsSync(ASKED) ? readFileSync(ASKED, 'utf8').trim().split('\n') : [];
  return { status, stdout, stderr, asked };
}

const TRIGGERS = ['campaign_onChange', 'influencer_onChange', 'session_onComplete'];

test('every pipeline has a trigger here', () => {
  expect(TRIGGERS).toHaveLength(pipelines.size);
});

describe('a deploy', () => {
  test('builds, deploys functions and indexes, and lets Eventarc call the triggers, in this order', () => {
    const { status, asked, stderr } = deploy();
    expect(asked).toEqual([
      'npm run --silent build',
      `firebase deploy --project=${PROJECT} --only=functions,firestore:indexes`,
      ...TRIGGERS.map(
        (name) =>
          `gcloud functions add-invoker-policy-binding ${name} --project=${PROJECT} --region=asia-northeast1 --member=serviceAccount:bigquery-sync-trigger@${PROJECT}.iam.gserviceaccount.com`,
      ),
    ]);
    expect(stderr).toContain('Next: npm run pipeline -- provision');
    expect(status).toBe(0);
  });

  test('takes the rules along when it is told to, and runs the tests first', () => {
    const { asked } = deploy(['--rules', '--tests', '--non-interactive']);
    expect(asked.slice(0, 3)).toEqual([
      'npm run --silent build',
      'npm test',
      `firebase deploy --project=${PROJECT} --only=functions,firestore:indexes,firestore:rules --non-interactive`,
    ]);
  });

  test('calls the Firebase CLI as it is told', () => {
    expect(deploy(['--firebase', 'npx firebase-tools@15']).asked[1]).toMatch(
      /^npx firebase-tools@15 deploy /,
    );
  });

  test.each([
    ['the build', 'run --silent build', 1],
    ['the Firebase CLI', 'firebase deploy', 2],
  ])('goes no further when %s fails', (_, fails, commands) => {
    project.fails = fails;
    const { status, asked, stderr } = deploy();
    expect(asked).toHaveLength(commands);
    expect(stderr).toContain('nothing after it was done');
    expect(status).toBe(1);
  });
});

describe('nothing is deployed', () => {
  const refused = (): string => {
    const { status, asked, stderr } = deploy();
    expect([status, asked]).toEqual([1, []]);
    return stderr;
  };

  test('without the accounts that the functions run as: they are named, with the script that makes them', () => {
    project.accounts = ALL.filter((account) => !account.startsWith('bigquery-sync-sweep'));
    const said = refused();
    expect(said).toContain(`missing: bigquery-sync-sweep@${PROJECT}.iam.gserviceaccount.com.`);
    expect(said).toContain(`pipeline -- iam --script --project ${PROJECT}`);
  });

  test('without a secret that is enabled', () => {
    project.secret = '';
    expect(refused()).toContain('PSEUDONYMIZATION_SALT has no enabled version');
  });

  test('to a region outside of a database of several', () => {
    project.location = 'eur3';
    expect(refused()).toContain('its trigger needs one of europe-west1, europe-west4');
  });

  test('when the project cannot be asked', () => {
    project.fails = 'databases describe';
    expect(refused()).toContain('Cannot check where the database is');
  });

  test('without gcloud: the message says what to install', () => {
    const { status, stderr, asked } = deploy([], '/nowhere');
    expect([status, asked]).toEqual([1, []]);
    expect(stderr).toContain('install the Google Cloud CLI');
  });

  test('with --dry-run, which prints every command', () => {
    const { status, stdout, asked } = deploy(['--dry-run']);
    expect([status, asked]).toEqual([0, []]);
    expect(stdout).toContain(`firebase deploy --project=${PROJECT} --only=functions,firestore:indexes`);
    expect(stdout).toContain(`gcloud secrets versions list PSEUDONYMIZATION_SALT --project=${PROJECT}`);
    const { commands } = JSON.parse(deploy(['--dry-run', '--json']).stdout) as { commands: string[][] };
    const grants = TRIGGERS.map(() => 'gcloud');
    expect(commands.map(([program]) => program)).toEqual([
      'gcloud',
      'gcloud',
      'gcloud',
      'npm',
      'firebase',
      ...grants,
    ]);
  });
});

test('a region beside a database of one region is noted, and deployed', () => {
  project.location = 'us-east1';
  const { status, stderr } = deploy();
  expect(stderr).toContain('each event crosses regions');
  expect(status).toBe(0);
});

test.each(Object.entries(MULTI_REGIONS))(
  'a database in %s takes functions of its own regions',
  (location, regions) => {
    for (const region of regions) expect(fitRegion(region, location)).toEqual({ fits: true });
    expect(fitRegion('asia-northeast1', location)).toMatchObject({ fits: false, isError: true });
  },
);
