// Where the operator's tool works: the local suite when it runs, or a project when one is named. It uses the same
// services as the functions do, and needs no secret.
import path from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import { readParamFiles } from '../../emulators/functions/env-files.ts';
import { DEFAULT_PORTS } from '../../emulators/parts.ts';
import type { Config } from '../../functions/config.ts';
import type { Context } from '../../functions/context.ts';
import { UsageError } from '../args.ts';

export interface Connection {
  readonly project: string;
  readonly config: Config;
  readonly context: Context;
  readonly bigquery: BigQuery;
  /** URL of the local suite's hub; undefined for a project. */
  readonly hub: string | undefined;
  /** Environment that leads to the local suite; empty for a project. */
  readonly env: Readonly<Record<string, string>>;
  /** Who acts, for the audit. */
  readonly account: () => Promise<string>;
}

const ROOT = path.join(import.meta.dirname, '..', '..');

/** Throws a UsageError when there is neither a project nor a suite. */
export async function connect(project: string | undefined): Promise<Connection> {
  const local = project === undefined ? await findSuite() : undefined;
  const name = project ?? local?.project;
  if (name === undefined) {
    throw new UsageError(
      'No local suite is running here and no --project was named. Start one with "npm run emulators", or name a project.',
    );
  }
  const params = readParamFiles(path.join(ROOT, 'functions'), name);
  // Params of the files, then what leads there. Google's clients read the environment themselves.
  Object.assign(process.env, params, local?.env ?? cloudEnv(name));
  const [{ connectBigQuery, createContext }, { parseConfig }, { pipelines }, { log }] = await Promise.all([
    import('../../functions/context.ts'),
    import('../../functions/config.ts'),
    import('../../functions/index.ts'),
    import('../../functions/services/log.ts'),
  ]);
  const config = parseConfig(process.env);
  return {
    project: name,
    config,
    bigquery: await connectBigQuery(config),
    context: createContext(pipelines, log),
    hub: local?.hub,
    env: local?.env ?? {},
    account: local ? async () => 'local' : findAccount,
  };
}

/** The account behind the application default credentials; unnamed ones are told apart by nobody. */
async function findAccount(): Promise<string> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
  const { client_email: account } = await auth.getCredentials().catch(() => ({ client_email: undefined }));
  return account ?? process.env['USER'] ?? 'unknown';
}

function cloudEnv(project: string): Record<string, string> {
  for (const name of ['FIRESTORE_EMULATOR_HOST', 'BIGQUERY_EMULATOR_HOST', 'CLOUD_TASKS_EMULATOR_HOST']) {
    delete process.env[name];
  }
  return { GCLOUD_PROJECT: project, FUNCTIONS_EMULATOR: '' };
}

interface LocalSuite {
  readonly hub: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Asks the hub, at its usual address or where FIREBASE_EMULATOR_HUB says. */
async function findSuite(): Promise<LocalSuite | undefined> {
  const hub = `http://${process.env['FIREBASE_EMULATOR_HUB'] ?? `127.0.0.1:${DEFAULT_PORTS.hub}`}`;
  const answer = await fetch(`${hub}/status`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  if (!answer?.ok) return undefined;
  const { project, env } = (await answer.json()) as { project?: string; env?: Record<string, string> };
  if (project === undefined || env === undefined) return undefined;
  return { hub, project, env: { ...env, FUNCTIONS_EMULATOR: 'true' } };
}
