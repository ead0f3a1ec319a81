// The counts that the model has of our functions are those of the handlers themselves, and of what is deployed.
import { beforeEach, expect, test } from '@jest/globals';
import { createFakeContext, type FakeContext } from '../../../test/contracts/fakes/context.ts';
import { FULL_SESSION } from '../../../test/contracts/session-documents.ts';
import { parseConfig } from '../../../functions/config.ts';
import type { Context } from '../../../functions/context.ts';
import { reconcile } from '../../../functions/handlers/reconcile/reconcile.ts';
import { retryFailure } from '../../../functions/handlers/retry-failure.ts';
import { sweepFailures } from '../../../functions/handlers/sweep-failures.ts';
import { syncDocument } from '../../../functions/handlers/sync-document.ts';
import { sessions } from '../../../functions/pipelines/sessions.ts';
import { failureId } from '../../../functions/steps/ids.ts';
import { CLOCKS_AHEAD_MS } from '../../../functions/services/row-index.ts';
import { CLOCKS_AHEAD_DAYS, FAILURE, RECONCILE, RECONCILE_LIMIT_MS, SCHEDULES, SWEEP_READS } from './ours.ts';
import { workloadOf } from './fixture.ts';

const UNAVAILABLE = { httpStatus: 503, reasons: [{ reason: 'backendError' }] };
const PATH = 'users/u1/sessions/s1';

/** What Firestore would bill, by the contracts of the ports; and how often BigQuery is queried. */
interface Counted {
  reads: number;
  writes: number;
  statusWrites: number;
  queries: number;
}

let fakes: FakeContext;
let counted: Counted;
let context: Context;
beforeEach(() => {
  fakes = createFakeContext();
  counted = { reads: 0, writes: 0, statusWrites: 0, queries: 0 };
  context = counting(fakes.context, counted);
});

function counting(inner: Context, to: Counted): Context {
  const { deadLetters, documents, syncedDocuments, reports, rowIndex } = inner;
  return {
    ...inner,
    deadLetters: {
      ...bound(deadLetters),
      get: async (id) => (to.reads++, deadLetters.get(id)),
      update: async (id, decide, note) => {
        to.reads++;
        let changes = false;
        const after = await deadLetters.update(
          id,
          (current) => {
            const next = decide(current);
            changes = next !== current;
            return next;
          },
          note,
        );
        if (changes) to.writes++;
        return after;
      },
      overdue: async (...args) => {
        const found = await deadLetters.overdue(...args);
        to.reads += Math.max(1, found.length);
        return found;
      },
      backlog: async () => ((to.reads += 3), deadLetters.backlog()), // two counts and a query, of nothing
    },
    documents: {
      get: async (path) => (to.reads++, documents.get(path)),
      writeStatus: async (...args) => {
        to.writes++;
        to.statusWrites++;
        await documents.writeStatus(...args);
      },
    },
    syncedDocuments: {
      ...bound(syncedDocuments),
      count: async (...args) => (to.reads++, syncedDocuments.count(...args)), // fewer than 1,000
      after: async (...args) => {
        const found = await syncedDocuments.after(...args);
        to.reads += Math.max(1, found.length);
        return found;
      },
    },
    reports: {
      ...bound(reports),
      progress: async (name) => (to.reads++, reports.progress(name)),
      save: async (...args) => ((to.writes += 2), reports.save(...args)), // the last one, and one to keep
    },
    rowIndex: {
      count: async (...args) => (to.queries++, rowIndex.count(...args)),
      within: async (...args) => (to.queries++, rowIndex.within(...args)),
      find: async (...args) => (to.queries++, rowIndex.find(...args)),
    },
  };
}

/** Methods of a class, so that they can be spread. */
function bound<Port extends object>(port: Port): Port {
  return new Proxy({} as Port, {
    ownKeys: () => Reflect.ownKeys(Object.getPrototypeOf(port) as object),
    getOwnPropertyDescriptor: (_, name) => ({
      configurable: true,
      enumerable: name !== 'constructor',
      value: (Reflect.get(port, name) as () => unknown).bind(port),
    }),
    get: (_, name) => (Reflect.get(port, name) as () => unknown).bind(port),
  });
}

async function complete(isFailing: boolean): Promise<void> {
  const updateTime = fakes.documents.put(PATH, FULL_SESSION);
  if (isFailing) fakes.rowSink.failNext('before', UNAVAILABLE);
  await syncDocument(context, sessions, { path: PATH, data: FULL_SESSION, updateTime });
}

async function attempt(isFailing: boolean): Promise<void> {
  fakes.advance(10_000);
  if (isFailing) fakes.rowSink.failNext('before', UNAVAILABLE);
  await retryFailure(context, {
    method: 'POST',
    authorization: fakes.taskTokens.authorization(),
    body: { v: 1, failureId: failureId('sessions', PATH), generation: 1 },
  });
}

function take(): Pick<Counted, 'reads' | 'writes' | 'statusWrites'> {
  const { reads, writes, statusWrites } = counted;
  Object.assign(counted, { reads: 0, writes: 0, statusWrites: 0 });
  return { reads, writes, statusWrites };
}

test('a document that is delivered: one read, one write', async () => {
  await complete(false);
  expect(take()).toEqual({ reads: 1, writes: 1, statusWrites: 1 });
});

test('a document that fails, an attempt that fails again, and one that succeeds', async () => {
  await complete(true);
  expect(take()).toEqual(FAILURE.first);
  await attempt(true);
  expect(take()).toEqual(FAILURE.again);
  await attempt(false);
  expect(take()).toEqual(FAILURE.last);
  expect(fakes.rowSink.rows('sessions')).toHaveLength(1);
});

test('a sweep that finds nothing', async () => {
  await sweepFailures(context);
  expect(take()).toEqual({ reads: SWEEP_READS, writes: 0, statusWrites: 0 });
});

test('a reconciliation that finds everything there: progress, a count, the documents that it verifies', async () => {
  for (let i = 0; i < 30; i++) {
    const path = `users/u1/sessions/s${i}`;
    const updateTime = fakes.documents.put(path, FULL_SESSION);
    await syncDocument(context, sessions, { path, data: FULL_SESSION, updateTime });
  }
  fakes.advance(86_400_000);
  take();
  await reconcile(context, sessions, { ...context.reconcile, verifyReads: 20, recentDays: 7 });
  expect(take()).toEqual({ reads: RECONCILE.reads + 1 + 20, writes: RECONCILE.writes, statusWrites: 0 });
  expect(counted.queries).toBe(2);
});

test('a reconciliation of the last days: progress, a count, and nothing is verified', async () => {
  await reconcile(context, sessions, { ...context.reconcile, verifyReads: 20, recentDays: 7 });
  counted.queries = 0;
  take();
  await reconcile(context, sessions, { ...context.reconcile, verifyReads: 20, recentDays: 7 });
  expect(take()).toEqual({ reads: RECONCILE.reads + 1, writes: RECONCILE.writes, statusWrites: 0 });
  expect(counted.queries).toBe(1);
});

test('what is deployed has the schedules, the memory and the limits that the model takes for granted', async () => {
  const deployed = await import('../../../functions/index.ts');
  expect(scheduleOf(deployed.internal_sweepSyncFailures)).toBe(`every ${SCHEDULES.sweepMinutes} minutes`);
  expect(scheduleOf(deployed.internal_reconcileSync)).toBe(`every ${SCHEDULES.reconcileMinutes} minutes`);
  expect(scheduleOf(deployed.internal_erasePersons)).toBe(`every ${SCHEDULES.eraseMinutes} minutes`);
  const workload = workloadOf([]);
  expect(endpointOf(deployed.session_onComplete).availableMemoryMb).toBe(workload.gib * 1024);
  const { reconcile: limits } = parseConfig({ GCLOUD_PROJECT: 'demo-local' });
  expect([workload.reconcileReads, workload.verifyReads, workload.recentDays]).toEqual([
    limits.maxReads,
    limits.verifyReads,
    limits.recentDays,
  ]);
  expect(CLOCKS_AHEAD_DAYS * 86_400_000).toBe(CLOCKS_AHEAD_MS);
  expect(RECONCILE_LIMIT_MS).toBe(limits.maxMs);
});

interface Endpoint {
  readonly availableMemoryMb?: unknown;
  readonly scheduleTrigger?: { readonly schedule?: unknown };
}
// firebase-functions puts it there for the deployment; its type is not exported.
const endpointOf = (deployed: object) => (deployed as unknown as { __endpoint: Endpoint }).__endpoint;
const scheduleOf = (deployed: object) => endpointOf(deployed).scheduleTrigger?.schedule;
