// The built functions in the local suite on free ports, with Google's own clients: what the e2e tests share.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { Firestore, Timestamp } from '@google-cloud/firestore';
import { PassThroughClient } from 'google-auth-library';
import { until } from '../../emulators/shared/until.ts';
import { startSuite, type Suite, type SuiteOptions } from '../../emulators/suite.ts';
import { provision } from '../../cli/provision.ts';

export interface Pipeline {
  readonly suite: Suite;
  readonly firestore: Firestore;
  readonly bigquery: BigQuery;
  /** Lines of all processes of the suite. */
  readonly logs: string[];
  query(sql: string): Promise<Record<string, unknown>[]>;
  failures(): Promise<Record<string, unknown>[]>;
  /** No event, no task and no pending failure is left. */
  settled(): Promise<void>;
  /** URL of one of the functions. */
  urlOf(name: string): string;
  close(): Promise<void>;
}

export const root = path.join(import.meta.dirname, '..', '..');
export const TABLE = 'analytics_production.sessions';

const FREE_PORTS = { firestore: 0, bigquery: 0, tasks: 0, functions: 0, hub: 0 };

export async function startPipeline(options: Partial<SuiteOptions> = {}): Promise<Pipeline> {
  const logs: string[] = [];
  const suite = await startSuite({
    ports: FREE_PORTS,
    functionsDir: path.join(root, 'dist'),
    log: (line) => logs.push(line),
    prepare: ({ project, env }) => provision({ project, env }),
    eventRetry: { minMs: 50, maxMs: 400 },
    ...options,
  });
  // By options and not by environment variables: one process may run several suites after each other.
  const firestore = new Firestore({
    projectId: suite.project,
    host: `127.0.0.1:${suite.ports.firestore}`,
    ssl: false,
    customHeaders: { Authorization: 'Bearer owner' },
  });
  const bigquery = new BigQuery({
    projectId: suite.project,
    apiEndpoint: suite.env['BIGQUERY_EMULATOR_HOST'] ?? '',
    authClient: new PassThroughClient(),
  });
  const failures = async () =>
    (await firestore.collection('bigquerySyncFailures').get()).docs.map((doc) => doc.data());
  return {
    suite,
    firestore,
    bigquery,
    logs,
    failures,
    query: async (sql) => (await bigquery.query(sql))[0],
    urlOf: (name) => `http://127.0.0.1:${suite.ports.functions}/${suite.project}/${suite.region}/${name}`,
    async settled() {
      await until(async () => {
        await suite.idle();
        const open = (await failures()).filter((failure) => failure['status'] === 'pending');
        return open.length === 0 && suite.tasks.pendingCount() === 0;
      });
    },
    async close() {
      await firestore.terminate();
      await suite.close();
    },
  };
}

/** The least that a completed session must have. */
export function completedSession(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    status: 'completed',
    exerciseType: 'squat',
    startTime: Timestamp.fromDate(new Date('2026-09-01T09:00:00Z')),
    createdAt: Timestamp.fromDate(new Date('2026-09-01T08:59:00Z')),
    ...more,
  };
}

export const outage = (phase: 'before' | 'after', count: number) =>
  ({ service: 'bigquery', method: 'insertAll', phase, status: 503, reason: 'backendError', count }) as const;

/** To the suite's hub: `/clock`, `/schedules/NAME/run`. */
export async function postToHub({ suite }: Pipeline, where: string, body: object = {}): Promise<void> {
  await post(`http://127.0.0.1:${suite.ports.hub}${where}`, body);
}

export async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`Cannot post to ${url}: ${answer.status}`);
}

/** Time passes, for functions too that follow the suite's clock: they ask for it every 100 ms (cli/chaos/follow-clock.ts). */
export async function passTime(pipeline: Pipeline, ms: number): Promise<void> {
  await postToHub(pipeline, '/clock', { advanceMs: ms });
  await new Promise((resolve) => setTimeout(resolve, 300));
}

export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run pipeline -- …` as an operator runs it: a process of its own. */
export function operate(pipeline: Pipeline, ...args: string[]): Promise<Told> {
  return operateIn(root, pipeline, ...args);
}

/** The same, of a copy of the project in another folder. */
export function operateIn(folder: string, { suite }: Pipeline, ...args: string[]): Promise<Told> {
  return new Promise((resolve) => {
    const script = path.join(folder, 'cli', 'pipeline.ts');
    const env = { ...process.env, FIREBASE_EMULATOR_HUB: `127.0.0.1:${suite.ports.hub}` };
    const node = ['--disable-warning=ExperimentalWarning', script, ...args];
    execFile(process.execPath, node, { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}
