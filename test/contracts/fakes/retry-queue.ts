// The queue in memory: a task runs when its test says so. A name that was used is never taken again.
import type { ClaimCheck, RetryQueue } from '../../../functions/services/retry-queue.ts';
import { taskId } from '../../../functions/steps/ids.ts';
import { ServiceError } from '../../../functions/steps/service-error.ts';
import { FaultList, type Phase } from './fault-list.ts';

export class FakeRetryQueue implements RetryQueue {
  readonly #waiting = new Map<string, ClaimCheck>();
  readonly #used = new Set<string>();
  readonly #faults = new FaultList<number>();
  readonly #journal: string[];

  constructor(journal: string[] = []) {
    this.#journal = journal;
  }

  /** The next call fails with this gRPC code, before or after it is done. */
  failNext(phase: Phase, grpcCode: number): void {
    this.#faults.add(phase, grpcCode);
  }

  waiting(): readonly ClaimCheck[] {
    return [...this.#waiting.values()];
  }

  /** The task is done, spent or lost: it waits no more. */
  finish({ failureId, generation }: ClaimCheck): void {
    this.#waiting.delete(taskId(failureId, generation));
  }

  async remove(claim: ClaimCheck): Promise<void> {
    this.#fail('before', 'deleteTask');
    this.finish(claim);
  }

  async enqueue(claim: ClaimCheck): Promise<void> {
    this.#journal.push('enqueue');
    this.#fail('before', 'createTask');
    const id = taskId(claim.failureId, claim.generation);
    if (!this.#used.has(id)) this.#waiting.set(id, claim);
    this.#used.add(id);
    this.#fail('after', 'createTask');
  }

  async has({ failureId, generation }: ClaimCheck): Promise<boolean> {
    this.#fail('before', 'getTask');
    return this.#waiting.has(taskId(failureId, generation));
  }

  #fail(phase: Phase, operation: string): void {
    const grpcCode = this.#faults.take(phase);
    if (grpcCode !== undefined) throw new ServiceError({ service: 'tasks', operation, grpcCode });
  }
}
