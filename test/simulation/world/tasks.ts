// The Cloud Tasks queue in virtual time: at least once, in any order, with the limits of queue.yaml.
import type { Answer, GoogleApi } from '../../../functions/services/google-api.ts';
import {
  createRetryQueue,
  type ClaimCheck,
  type RetryQueue,
} from '../../../functions/services/retry-queue.ts';
import { backoffMs } from '../../../functions/steps/backoff.ts';
import { taskId } from '../../../functions/steps/ids.ts';
import type { Send } from './call.ts';
import { ok, toAnswer } from './wire.ts';

/** As in queue.yaml. */
const LIMIT = 12;
const BACKOFF = { maxAttempts: LIMIT, minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };

const CONFIG = { project: 'p', location: 'l', queue: 'q', url: 'https://u.invalid', serviceAccount: 's' };
const ALREADY_EXISTS = { service: 'tasks', operation: 'createTask', grpcCode: 6 } as const;
const NOT_FOUND = { service: 'tasks', operation: 'getTask', grpcCode: 5 } as const;

interface Task {
  readonly name: string;
  readonly claim: ClaimCheck;
  dispatches: number;
}

export interface QueueWorld {
  now(): number;
  after(delayMs: number, label: string, run: () => void): void;
  /** Calls the function; `ended` says whether it answered 2xx. */
  call(claim: ClaimCheck, ended: (done: boolean) => void): void;
  /** What befalls a dispatch. */
  fate(): 'none' | 'late' | 'twice' | 'never arrives' | 'spent' | 'purged';
  readonly tombstoneMs: number;
  /** A task is in the queue from now on. */
  made?(name: string, claim: ClaimCheck): void;
  /** A name was refused because it was used a while ago. */
  refused?(): void;
}

export class VirtualQueue {
  readonly #world: QueueWorld;
  readonly #tasks = new Map<string, Task>();
  readonly #usedUntil = new Map<string, number>();
  /** Tasks that went without an answer of 2xx. */
  lost = 0;
  /** By failure: how often `has` said that there is none. */
  readonly absences = new Map<string, number>();

  constructor(world: QueueWorld) {
    this.#world = world;
  }

  get waiting(): readonly ClaimCheck[] {
    return [...this.#tasks.values()].map(({ claim }) => claim);
  }

  create(name: string, claim: ClaimCheck): Answer {
    if (this.#tasks.has(name)) return toAnswer(ALREADY_EXISTS);
    if ((this.#usedUntil.get(name) ?? 0) > this.#world.now()) {
      this.#world.refused?.();
      return toAnswer(ALREADY_EXISTS);
    }
    const task = { name, claim, dispatches: 0 };
    this.#tasks.set(name, task);
    this.#world.made?.(name, claim);
    this.#schedule(task, 0);
    return ok({ name });
  }

  has(name: string, { failureId }: ClaimCheck): boolean {
    const found = this.#tasks.has(name);
    if (!found) this.absences.set(failureId, (this.absences.get(failureId) ?? 0) + 1);
    return found;
  }

  /** False when there is none. */
  remove(name: string): boolean {
    if (!this.#tasks.delete(name)) return false;
    this.#usedUntil.set(name, this.#world.now() + this.#world.tombstoneMs);
    return true;
  }

  #schedule(task: Task, delayMs: number): void {
    this.#world.after(delayMs + 10, `task ${task.claim.generation} dispatched`, () => this.#dispatch(task));
  }

  #dispatch(task: Task): void {
    if (this.#tasks.get(task.name) !== task) return;
    switch (this.#world.fate()) {
      case 'late':
        this.#schedule(task, 25 * 60_000);
        return;
      case 'never arrives':
        this.#failed(task);
        return;
      case 'spent':
        task.dispatches = LIMIT;
        this.#failed(task);
        return;
      case 'purged':
        this.lost++;
        this.remove(task.name);
        return;
      case 'twice':
        this.#run(task);
        break;
      case 'none':
        break;
    }
    this.#run(task);
  }

  #run(task: Task): void {
    this.#world.call(task.claim, (done) => {
      if (this.#tasks.get(task.name) !== task) return;
      if (done) this.remove(task.name);
      else this.#failed(task);
    });
  }

  #failed(task: Task): void {
    task.dispatches++;
    if (task.dispatches >= LIMIT) {
      this.lost++;
      this.remove(task.name);
    } else this.#schedule(task, backoffMs(task.dispatches, BACKOFF));
  }
}

/**
 * The queue as the adapter meets it: each of its calls is one request. `nameOf` is another in the bug zoo.
 */
export function createVirtualRetryQueue(
  queue: VirtualQueue,
  send: Send,
  nameOf: (claim: ClaimCheck) => string = ({ failureId, generation }) => taskId(failureId, generation),
): RetryQueue {
  const answers = (operation: string, perform: () => Answer) =>
    send({
      service: 'tasks',
      operation,
      items: [],
      perform,
      performSome: () => {},
      unreadable: () => [],
      failed: () => {},
    });
  const of = (claim: ClaimCheck) => {
    const name = nameOf(claim);
    const api: GoogleApi = {
      post: (_, body) => answers('createTask', () => queue.create(name, readClaim(body))),
      get: () => answers('getTask', () => (queue.has(name, claim) ? ok({ name }) : toAnswer(NOT_FOUND))),
      delete: () => answers('deleteTask', () => (queue.remove(name) ? ok({}) : toAnswer(NOT_FOUND))),
    };
    return createRetryQueue(api, CONFIG);
  };
  return {
    enqueue: (claim) => of(claim).enqueue(claim),
    has: (claim) => of(claim).has(claim),
    remove: (claim) => of(claim).remove(claim),
  };
}

function readClaim(body: string): ClaimCheck {
  const { task } = JSON.parse(body) as { readonly task: { readonly httpRequest: { readonly body: string } } };
  return JSON.parse(Buffer.from(task.httpRequest.body, 'base64').toString()) as ClaimCheck;
}
