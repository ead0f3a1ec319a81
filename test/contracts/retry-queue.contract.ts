// What every retry queue promises: a claim check becomes one task, however often it is enqueued.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FailureId } from '../../functions/steps/ids.ts';
import type { ClaimCheck, RetryQueue } from '../../functions/services/retry-queue.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import type { Phase } from './fakes/fault-list.ts';

export interface RetryQueueHarness {
  /** On an empty queue that runs nothing by itself. */
  readonly queue: RetryQueue;
  waitingCount(): Promise<number>;
  /** The task is gone, as after its last attempt. */
  finish(claim: ClaimCheck): Promise<void>;
  /** The next creation of a task fails, before or after it is done. */
  failNextEnqueue(phase: Phase): void;
  close(): Promise<void>;
}

const claim = { failureId: 'a1'.repeat(32) as FailureId, generation: 1 };

export function retryQueueContract(name: string, create: () => Promise<RetryQueueHarness>): void {
  describe(`the retry queue: ${name}`, () => {
    let harness: RetryQueueHarness;
    beforeEach(async () => {
      harness = await create();
    });
    afterEach(() => harness.close());

    test('has a task from when it is enqueued until it is gone', async () => {
      const { queue } = harness;
      await expect(queue.has(claim)).resolves.toBe(false);
      await queue.enqueue(claim);
      await expect(queue.has(claim)).resolves.toBe(true);
      await harness.finish(claim);
      await expect(queue.has(claim)).resolves.toBe(false);
    });

    test('makes one task of a claim check that is enqueued twice, or twenty times at once', async () => {
      await harness.queue.enqueue(claim);
      await harness.queue.enqueue(claim);
      await Promise.all(Array.from({ length: 20 }, () => harness.queue.enqueue(claim)));
      await expect(harness.waitingCount()).resolves.toBe(1);
    });

    test('tells generations and failures apart', async () => {
      const other = { failureId: 'b2'.repeat(32) as FailureId, generation: 1 };
      const next = { ...claim, generation: 2 };
      await harness.queue.enqueue(claim);
      await expect(harness.queue.has(next)).resolves.toBe(false);
      await expect(harness.queue.has(other)).resolves.toBe(false);
      await harness.queue.enqueue(next);
      await harness.queue.enqueue(other);
      await expect(harness.waitingCount()).resolves.toBe(3);
    });

    test('does not bring back a task that is gone: its name is used', async () => {
      await harness.queue.enqueue(claim);
      await harness.finish(claim);
      await harness.queue.enqueue(claim);
      await expect(harness.waitingCount()).resolves.toBe(0);
    });

    test('removes a task, and is content when there is none', async () => {
      await harness.queue.enqueue(claim);
      await harness.queue.remove(claim);
      await harness.queue.remove(claim);
      await expect(harness.queue.has(claim)).resolves.toBe(false);
      await expect(harness.waitingCount()).resolves.toBe(0);
    });

    test('throws when the queue refuses, and makes no task', async () => {
      harness.failNextEnqueue('before');
      await expect(harness.queue.enqueue(claim)).rejects.toThrow(ServiceError);
      await expect(harness.queue.has(claim)).resolves.toBe(false);
    });

    test('may have made the task although it throws; enqueuing again is a success', async () => {
      harness.failNextEnqueue('after');
      await expect(harness.queue.enqueue(claim)).rejects.toThrow(ServiceError);
      await expect(harness.queue.has(claim)).resolves.toBe(true);
      await harness.queue.enqueue(claim);
      await expect(harness.waitingCount()).resolves.toBe(1);
    });
  });
}
