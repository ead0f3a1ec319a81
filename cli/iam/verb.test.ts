// docs/iam.md is what the list says, and the script does it: run by bash against stand-ins of gcloud and bq that write
// down what they were asked for.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as functions from '../../functions/index.ts';
import { renderDoc } from './render-doc.ts';
import { ACCOUNTS, accountOf, CUSTOM_ROLES } from './roles.ts';
import { renderScript, type ScriptOptions } from './script.ts';

const names = Object.entries(functions)
  .filter(([, value]) => Object.hasOwn(value, '__endpoint'))
  .map(([name]) => name);

const options: ScriptOptions = {
  project: 'demo-project',
  bigqueryProject: 'demo-data',
  region: 'europe-west1',
  dataset: 'analytics',
  queue: 'a-queue',
  secret: 'A_SECRET',
  functions: names,
  predefined: false,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'iam-'));
  for (const program of ['gcloud', 'bq']) {
    const file = path.join(folder, program);
    // A description fails as long as the thing is not in the file of what there is.
    writeFileSync(
      file,
      `#!/usr/bin/env bash\nset -eu\nif [[ " $* " == *" describe "* ]]; then grep -qF -- "$(printf '%s ' "$@" | grep -oE 'describe [^ ]+')" "$THERE"; exit; fi\n` +
        `printf '%s\\n' "${program} $*" >> "$ASKED"\n`,
    );
    chmodSync(file, 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Commands that change something, in their order. `there`: what a description finds. */
function run(script: string, there: readonly string[] = []): { asked: readonly string[]; stderr: string } {
  const [ASKED, THERE] = [path.join(folder, 'asked'), path.join(folder, 'there')];
  rmSync(ASKED, { force: true });
  writeFileSync(THERE, there.map((name) => `describe ${name}\n`).join(''));
  const { status, stderr } = spawnSync('bash', ['--norc', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'], // bash reads the user's files when its input is a socket
    env: { PATH: `${folder}:${process.env['PATH']}`, ASKED, THERE },
    encoding: 'utf8',
  });
  expect([status, stderr.replaceAll(/^.*is not deployed yet.*\n/gm, '')]).toEqual([0, '']);
  return { asked: existsSync(ASKED) ? readFileSync(ASKED, 'utf8').trim().split('\n') : [], stderr };
}

test('docs/iam.md is as the list says; otherwise run "npm run pipeline -- iam"', () => {
  const doc = readFileSync(path.join(__dirname, '..', '..', 'docs', 'iam.md'), 'utf8');
  expect(doc).toBe(renderDoc(names));
});

describe('the script', () => {
  test('makes every account and every role of our own, and grants each where the list says', () => {
    const { asked } = run(renderScript(options));
    const created = asked.filter((line) => line.includes('service-accounts create')).length;
    expect(created).toBe(ACCOUNTS.length + 1);
    expect(asked.filter((line) => line.includes('iam roles create'))).toHaveLength(
      Object.keys(CUSTOM_ROLES).length,
    );
    expect(asked).toEqual(
      expect.arrayContaining([
        'gcloud iam roles create bigquerySyncRowInserts --project=demo-data --title=BigQuery sync: rows, to write --permissions=bigquery.tables.updateData --stage=GA --quiet',
        'gcloud projects add-iam-policy-binding demo-project --member=serviceAccount:bigquery-sync-sweep@demo-project.iam.gserviceaccount.com --role=projects/demo-project/roles/bigquerySyncDocumentQueries --condition=None --quiet',
        'gcloud projects add-iam-policy-binding demo-data --member=serviceAccount:bigquery-sync-reconcile@demo-project.iam.gserviceaccount.com --role=roles/bigquery.jobUser --condition=None --quiet',
        "bq --project_id=demo-data query --quiet --use_legacy_sql=false GRANT `projects/demo-data/roles/bigquerySyncRowInserts` ON SCHEMA `demo-data.analytics` TO 'serviceAccount:bigquery-sync-trigger@demo-project.iam.gserviceaccount.com'",
        'gcloud tasks queues add-iam-policy-binding a-queue --project=demo-project --location=europe-west1 --member=serviceAccount:bigquery-sync-trigger@demo-project.iam.gserviceaccount.com --role=roles/cloudtasks.enqueuer --quiet',
        'gcloud secrets add-iam-policy-binding A_SECRET --project=demo-project --member=serviceAccount:bigquery-sync-retry@demo-project.iam.gserviceaccount.com --role=roles/secretmanager.secretAccessor --quiet',
        'gcloud iam service-accounts add-iam-policy-binding bigquery-sync-tasks@demo-project.iam.gserviceaccount.com --project=demo-project --member=serviceAccount:bigquery-sync-sweep@demo-project.iam.gserviceaccount.com --role=roles/iam.serviceAccountUser --quiet',
      ]),
    );
    const bindings = asked.filter((line) => /add-iam-policy-binding|GRANT/.test(line));
    expect(bindings).toHaveLength(
      ACCOUNTS.flatMap(({ grants }) => grants).filter(({ on }) => on !== 'service').length,
    );
  });

  test('run again makes nothing new: roles are set to what they are', () => {
    const accounts = [...ACCOUNTS.map(({ id }) => id), 'bigquery-sync-tasks'];
    const there = [
      ...accounts.map((id) => `${id}@demo-project.iam.gserviceaccount.com`),
      ...Object.keys(CUSTOM_ROLES),
    ];
    const { asked } = run(renderScript(options), there);
    expect(asked.filter((line) => line.includes(' create '))).toEqual([]);
    expect(asked.filter((line) => line.includes('iam roles update'))).toHaveLength(
      Object.keys(CUSTOM_ROLES).length,
    );
  });

  test('lets Eventarc call a trigger when it is deployed, and says so when it is not', () => {
    expect(run(renderScript(options)).stderr).toContain('session_onComplete is not deployed yet');
    expect(run(renderScript(options), ['session_onComplete']).asked.at(-1)).toBe(
      'gcloud functions add-invoker-policy-binding session_onComplete --project=demo-project --region=europe-west1 --member=serviceAccount:bigquery-sync-trigger@demo-project.iam.gserviceaccount.com --quiet',
    );
  });

  test('makes no role with --predefined, and grants Google’s smallest instead', () => {
    const { asked } = run(renderScript({ ...options, predefined: true }));
    expect(asked.join('\n')).not.toContain('bigquerySync');
    expect(asked.join('\n')).toContain('GRANT `roles/bigquery.dataEditor` ON SCHEMA');
  });
});

test('a function of another pipeline runs as the triggers do; one that nobody thought of has no account', () => {
  expect(accountOf('order_onComplete')?.id).toBe('bigquery-sync-trigger');
  expect(accountOf('internal_somethingElse')).toBeUndefined();
});
