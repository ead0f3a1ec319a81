// All fakes together as a handler gets them, with a clock that stands still until it is moved.
import type { Context } from '../../../functions/context.ts';
import { sessions } from '../../../functions/pipelines/sessions.ts';
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import type { LogFields } from '../../../functions/services/log.ts';
import { createKeys } from '../../../functions/services/keys.ts';
import type { RetryPolicy } from '../../../functions/steps/backoff.ts';
import { FakeDeadLetters } from './dead-letters.ts';
import { FakeDocuments } from './documents.ts';
import { FakeRetryQueue } from './retry-queue.ts';
import { FakeRowSink } from './row-sink.ts';
import { FakeTaskTokens } from './task-tokens.ts';

export const FAKE_SECRET = 'k3y-of-the-tests-0123456789-abcdefghij';

export interface LogLine extends LogFields {
  readonly severity: string;
  readonly message: string;
}

const retry: RetryPolicy = { maxAttempts: 10, minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };

/** `journal` lists the effects of all fakes in their order: `insert`, `record pending`, `enqueue`, `status failed`. */
export function createFakeContext(readSecret: () => string | undefined = () => FAKE_SECRET) {
  const journal: string[] = [];
  const logs: LogLine[] = [];
  let now = Date.UTC(2026, 0, 1);
  const fakes = {
    rowSink: new FakeRowSink(['sessions'], journal),
    retryQueue: new FakeRetryQueue(journal),
    deadLetters: new FakeDeadLetters(journal),
    documents: new FakeDocuments(journal),
    taskTokens: new FakeTaskTokens('https://retry.invalid', 'tasks@demo-local.iam.gserviceaccount.com'),
  };
  const context: Context = {
    ...fakes,
    pipelines: new Map<string, Pipeline>([[sessions.name, sessions]]),
    retry,
    keyring: createKeys(readSecret),
    now: () => new Date(now),
    log: (severity, message, fields) => void logs.push({ severity, message, ...fields }),
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
