// Firestore, BigQuery and Cloud Tasks in a process of their own, which counts what they are asked, loads sessions, and hands out
// the events that Eventarc would send for them. Answers one question after the other, over IPC.
import http from 'node:http';
import path from 'node:path';
import { Firestore, type WriteBatch } from '@google-cloud/firestore';
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import { clientEnv } from '../../emulators/client-env.ts';
import { toCloudEvent, type CloudEvent } from '../../emulators/eventarc/cloud-event.ts';
import { startFirestore, type DocumentChange } from '../../emulators/firestore/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults, mulberry32, type Service } from '../../emulators/shared/faults.ts';
import { listen, LOOPBACK } from '../../emulators/shared/http.ts';
import { createOidcIssuer } from '../../emulators/shared/oidc.ts';
import { startTasks } from '../../emulators/tasks/server.ts';
import { DATASET, provision } from '../../cli/provision.ts';
import { PROJECT, REGION, sessionWrites, TRIGGER, type EventKind } from './sessions.ts';
import { monotonicMs } from './monotonic.ts';
import { createWaitingTasks } from './waiting-tasks.ts';

const PER_COMMIT = 250;
const COMMITS_AT_ONCE = 4;
const WRITING = new Set(['Commit', 'BatchWrite', 'CreateDocument', 'UpdateDocument', 'DeleteDocument']);
const READING = new Set([
  'BatchGetDocuments',
  'GetDocument',
  'RunQuery',
  'RunAggregationQuery',
  'ListDocuments',
]);

/** What the emulators were asked for, since they started. */
export interface Counts {
  readonly bigqueryRequests: number;
  readonly firestoreCommits: number;
  readonly firestoreWrites: number;
  /** Documents that were asked for by name; a query counts as one. */
  readonly firestoreReads: number;
}

export interface Loaded {
  readonly path: string;
  readonly event: CloudEvent;
}

/** Injects nothing: every call of the emulators passes here, which makes it the place to count. */
class CountingFaults extends Faults {
  firstInsertMs: number | undefined;
  readonly counts = { bigqueryRequests: 0, firestoreCommits: 0, firestoreWrites: 0, firestoreReads: 0 };

  override take(service: Service, method: string, target = ''): ReturnType<Faults['take']> {
    if (service === 'bigquery') this.counts.bigqueryRequests++;
    if (method === 'insertAll') this.firstInsertMs ??= monotonicMs();
    // The first line of the target is the database, each further one a document.
    const documents = target.split('\n').length - 1;
    if (service === 'firestore' && WRITING.has(method)) {
      this.counts.firestoreCommits++;
      this.counts.firestoreWrites += documents;
    } else if (service === 'firestore' && READING.has(method)) {
      this.counts.firestoreReads += Math.max(1, documents);
    }
    return super.take(service, method, target);
  }
}

const faults = new CountingFaults();
const issuer = createOidcIssuer();
const common = { faults, clock: systemClock, log: () => undefined, port: 0 };
const firestore = await startFirestore({ ...common, project: PROJECT });
// Without a buffer that protects streamed rows, so that tables can be emptied between runs.
const bigquery = await startBigQuery({ ...common, streamingBufferMs: 0 });
const certificates = http.createServer((_, response) => {
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'public, max-age=3600');
  response.end(JSON.stringify(issuer.pemCerts()));
});
const certificatesPort = await listen(certificates, 0);
const tasks = await startTasks({
  ...common,
  project: PROJECT,
  location: REGION,
  issuer,
  queueYaml: path.join(import.meta.dirname, '..', '..', 'queue.yaml'),
});
const waitingTasks = createWaitingTasks(tasks.port, issuer);
await waitingTasks.pause();
const ports = { firestore: firestore.port, bigquery: bigquery.port, tasks: tasks.port, functions: 0, hub: 0 };
const env: Record<string, string> = {
  ...clientEnv(PROJECT, ports, new Set(['firestore', 'bigquery', 'tasks'])),
  OIDC_CERTS_URL: `http://${LOOPBACK}:${certificatesPort}`,
};
Object.assign(process.env, env);
await provision({ project: PROJECT, env });

const db = new Firestore({ projectId: PROJECT });
let heard: DocumentChange[] = [];
let listening = false;
firestore.onChange((changes) => {
  if (listening) heard.push(...changes);
});

const questions = {
  env: async () => env,
  counts: async (): Promise<Counts> => ({ ...faults.counts }),
  /** When the first insert since then came, on the clock that all processes of the machine share. */
  firstInsert: async (): Promise<number | undefined> => faults.firstInsertMs,
  awaitFirstInsert: async () => void (faults.firstInsertMs = undefined),
  /** From now on BigQuery refuses inserts as it does when it is down, or takes them again. */
  async breakInserts(broken: boolean): Promise<void> {
    faults.clear();
    if (broken) faults.add({ service: 'bigquery', method: 'insertAll', status: 503 });
  },
  /** Lets every call of the services take that much longer: emulators answer in a millisecond, the cloud does not. */
  async delay(delayMs: number): Promise<void> {
    faults.add({ service: 'bigquery', method: 'insertAll', delayMs });
    faults.add({ service: 'firestore', delayMs });
  },
  /** The tasks that were enqueued, as requests; they are gone afterwards. */
  takeTasks: () => waitingTasks.take(),

  /** Writes `count` sessions up to the write of that kind, and resolves to the events of that last write. */
  async load({ count, seed, kind }: { count: number; seed: number; kind: EventKind }): Promise<Loaded[]> {
    const sessions = sessionWrites(count, mulberry32(seed), seed, kind);
    const steps = sessions[0]?.writes.length ?? 0;
    for (let step = 0; step < steps; step++) {
      listening = step === steps - 1;
      await inCommits(sessions, (batch, session) => {
        const reference = db.doc(session.path);
        if (step === 0) batch.create(reference, session.writes[step]!);
        else batch.update(reference, session.writes[step]!);
      });
    }
    listening = false;
    const changes = heard;
    heard = [];
    if (changes.length !== count) throw new Error(`Loaded ${count} sessions, but heard of ${changes.length}`);
    return changes.map((change) => ({ path: change.path, event: toCloudEvent(change, TRIGGER) }));
  },

  /** Counts what is there: rows of a table by distinct key, and documents that say they are synced. */
  async rows({ table, key }: { table: string; key: string }): Promise<number> {
    const answer = await query(`SELECT COUNT(DISTINCT ${key}) FROM ${DATASET}.${table}`);
    return Number(answer);
  },
  async synced(): Promise<number> {
    const synced = db.collectionGroup('sessions').where('bigquerySyncStatus', '==', 'synced');
    return (await synced.count().get()).data().count;
  },
  async resolvedFailures(): Promise<number> {
    const resolved = db.collection('bigquerySyncFailures').where('status', '==', 'resolved');
    return (await resolved.count().get()).data().count;
  },

  /** Empties Firestore and the tables; these stay. */
  async clear(): Promise<void> {
    await firestore.clear();
    const { tables } = await callBigQuery<{ tables: ListedTable[] }>(`datasets/${DATASET}/tables`);
    for (const { type, tableReference } of tables) {
      if (type === 'TABLE') await query(`TRUNCATE TABLE ${DATASET}.${tableReference.tableId}`);
    }
  },
  memoryMb: async () => Math.round(process.memoryUsage.rss() / 2 ** 20),
};

export type Questions = typeof questions;

async function inCommits<T>(items: readonly T[], add: (batch: WriteBatch, item: T) => void): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const part = items.slice(next, (next += PER_COMMIT));
      const batch = db.batch();
      for (const item of part) add(batch, item);
      await batch.commit();
    }
  };
  await Promise.all(Array.from({ length: COMMITS_AT_ONCE }, lane));
}

interface ListedTable {
  readonly type: string;
  readonly tableReference: { readonly tableId: string };
}

/** The first cell of the answer. */
async function query(sql: string): Promise<string | undefined> {
  const answer = await callBigQuery<{ rows?: { f: { v: string }[] }[] }>('queries', {
    query: sql,
    useLegacySql: false,
  });
  return answer.rows?.[0]?.f[0]?.v;
}

async function callBigQuery<Answer>(method: string, body?: object): Promise<Answer> {
  const response = await fetch(
    `http://${LOOPBACK}:${bigquery.port}/projects/${PROJECT}/${method}`,
    body ? { method: 'POST', body: JSON.stringify(body) } : {},
  );
  const answer = (await response.json()) as Answer;
  if (!response.ok) throw new Error(`BigQuery refused ${method}: ${JSON.stringify(answer)}`);
  return answer;
}

process.on('message', ({ id, name, input }: { id: number; name: keyof Questions; input: never }) => {
  questions[name](input).then(
    (result: unknown) => process.send!({ id, result }),
    (error: unknown) => process.send!({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send!({ ready: true });
