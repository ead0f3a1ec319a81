// All fakes together as a handler gets them, with a clock that stands still until it is moved.
import type { Context } from '../../../functions/context.ts';
import { sessions } from '../../../functions/pipelines/sessions.ts';
import { SYNCED_COLUMN, type Pipeline } from '../../../functions/pipelines/pipeline.ts';
import type { Log, LogFields } from '../../../functions/services/log.ts';
import { createKeys } from '../../../functions/services/keys.ts';
import type { RetryPolicy } from '../../../functions/steps/backoff.ts';
import type { PseudonymScope } from '../../../functions/steps/pseudonym-key.ts';
import { FakeSyncedDocuments } from './synced-documents.ts';
import { FakeDeadLetters } from './dead-letters.ts';
import { FakeDocuments } from './documents.ts';
import { FakeErasures } from './erasures.ts';
import { FakeReports } from './reports.ts';
import { FakeRetryQueue } from './retry-queue.ts';
import { FakeRowEraser } from './row-eraser.ts';
import { FakeRowIndex } from './row-index.ts';
import { FakeRowSink } from './row-sink.ts';
import { FakeTaskTokens } from './task-tokens.ts';
import { FakeTombstones } from './tombstones.ts';

export const FAKE_SECRET = 'k3y-of-the-tests-0123456789-abcdefghij';
export const FAKE_SCOPE: PseudonymScope = { project: 'demo-local', dataset: 'analytics_production' };

/** How long a streamed row cannot be deleted: the longest that BigQuery may take. */
const STREAMED_MS = 90 * 60_000;

export interface LogLine extends LogFields {
  readonly severity: string;
  readonly message: string;
}

const retry: RetryPolicy = { maxAttempts: 10, minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };

/** `journal` lists the effects of all fakes in their order: `insert`, `record pending`, `enqueue`, `status failed`. */
export function createFakeContext(
  readSecret: () => string | undefined = () => FAKE_SECRET,
  pipelines: readonly Pipeline[] = [sessions],
) {
  const journal: string[] = [];
  const logs: LogLine[] = [];
  let now = Date.UTC(2026, 0, 1);
  const rowSink = new FakeRowSink(
    pipelines.map(({ table }) => table),
    journal,
  );
  const documents = new FakeDocuments(journal);
  const fakes = {
    rowSink,
    rowIndex: new FakeRowIndex((table) => rowSink.rows(table)),
    documents,
    syncedDocuments: new FakeSyncedDocuments(() => documents.all()),
    rowEraser: new FakeRowEraser(
      (table) => rowSink.rows(table),
      ({ json }) => now - Date.parse(String(json[SYNCED_COLUMN])) < STREAMED_MS,
    ),
    reports: new FakeReports(),
    erasures: new FakeErasures(),
    tombstones: new FakeTombstones(),
    retryQueue: new FakeRetryQueue(journal),
    deadLetters: new FakeDeadLetters(journal),
    taskTokens: new FakeTaskTokens('https://retry.invalid', 'tasks@demo-local.iam.gserviceaccount.com'),
  };
  const write: Log = (severity, message, fields) => void logs.push({ severity, message, ...fields });
  const context: Context = {
    ...fakes,
    pipelines: new Map(pipelines.map((pipeline) => [pipeline.name, pipeline])),
    retry,
    reconcile: { maxReads: 10_000, verifyReads: 0, maxMs: 300_000, settleMs: 900_000, recentDays: 0 },
    keyring: createKeys(readSecret, { scope: FAKE_SCOPE, mode: 'hmac' }, write),
    now: () => new Date(now),
    log: write,
  };
  return {
    ...fakes,
    context,
    journal,
    logs,
    advance(ms: number) {
      now += ms;
    },
  };
}

export type FakeContext = ReturnType<typeof createFakeContext>;
