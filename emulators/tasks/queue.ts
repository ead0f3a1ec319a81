// One queue as a state machine: tasks in, attempts out, results back in. It opens no socket and reads no time
// but its clock's, so a day of backoff is tested in a millisecond.
import type { Clock } from '../shared/clock.ts';
import { StatusError } from '../shared/status.ts';
import { backoffMs } from './backoff.ts';
import { Heap } from './heap.ts';
import type { QueueConfig } from './queue-config.ts';
import type { Attempt, AttemptRecord, AttemptResult, NewTask, Task } from './task.ts';
import { TokenBucket } from './token-bucket.ts';

export type QueueState = 'RUNNING' | 'PAUSED' | 'DISABLED';

export interface QueueOptions {
  readonly config: QueueConfig;
  readonly clock: Clock;
  /** Sends one attempt and reports its result once. */
  readonly send: (attempt: Attempt, done: (result: AttemptResult) => void) => void;
  readonly newId: () => string;
  /** How long a name stays refused after its task is gone. */
  readonly tombstoneMs: number;
  /** Told when a task is given up after its last attempt: the service deletes it and says nothing. */
  readonly onDead?: (task: Task) => void;
}

interface Entry {
  task: Task;
  running: number;
}

interface Slot {
  readonly id: string;
  readonly at: number;
  readonly order: number;
}

export class Queue {
  readonly #options: QueueOptions;
  #config: QueueConfig;
  #bucket: TokenBucket;
  #state: QueueState = 'RUNNING';
  #purgedAtMs: number | undefined;
  #entries = new Map<string, Entry>();
  #tombstones = new Map<string, number>();
  #schedule = createSchedule();
  #order = 0;
  #inFlight = 0;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#bucket = this.#newBucket();
  }

  get config(): QueueConfig {
    return this.#config;
  }

  get state(): QueueState {
    return this.#state;
  }

  get purgedAtMs(): number | undefined {
    return this.#purgedAtMs;
  }

  /** Tasks that are not done: waiting, scheduled for later or under way. */
  get size(): number {
    return this.#entries.size;
  }

  /** Throws ALREADY_EXISTS for a name that a task has now, or had within the tombstone window. */
  add(request: NewTask): Task {
    const now = this.#options.clock.now();
    const id = request.id ?? this.#options.newId();
    if (this.#entries.has(id) || this.isBuried(id)) {
      throw new StatusError('ALREADY_EXISTS', 'Requested entity already exists');
    }
    const task: Task = {
      id,
      target: request.target,
      createdAtMs: now,
      dispatchDeadlineMs: request.dispatchDeadlineMs,
      scheduledAtMs: Math.max(now, request.scheduledAtMs ?? now),
      dispatchCount: 0,
      responseCount: 0,
      executionCount: 0,
    };
    this.#entries.set(id, { task, running: 0 });
    this.#push(task);
    this.#pump();
    return task;
  }

  get(id: string): Task | undefined {
    return this.#entries.get(id)?.task;
  }

  /** Whether there was a task of the name a short while ago, and is none now. */
  isBuried(id: string): boolean {
    return (this.#tombstones.get(id) ?? 0) > this.#options.clock.now();
  }

  list(): Task[] {
    return [...this.#entries.values()].map((entry) => entry.task);
  }

  /** False when there is no such task. An attempt under way goes on; its result is ignored. */
  delete(id: string): boolean {
    if (!this.#entries.has(id)) return false;
    this.#bury(id);
    return true;
  }

  /** Dispatches now, whatever the rate, the state and the schedule say. */
  run(id: string): Task | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    this.#dispatch(entry);
    return entry.task;
  }

  pause(): void {
    this.#state = 'PAUSED';
    this.#pump();
  }

  resume(): void {
    this.#state = 'RUNNING';
    this.#pump();
  }

  purge(): void {
    for (const id of this.#entries.keys()) this.#bury(id);
    this.#purgedAtMs = this.#options.clock.now();
  }

  update(config: QueueConfig): void {
    this.#config = config;
    this.#bucket = this.#newBucket();
    this.#pump();
  }

  /** Forgets tasks and tombstones; configuration and state stay. */
  clear(): void {
    this.#entries.clear();
    this.#tombstones.clear();
    this.#schedule = createSchedule();
    this.#purgedAtMs = undefined;
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    this.clear();
  }

  #newBucket(): TokenBucket {
    const { maxDispatchesPerSecond, maxBurstSize } = this.#config.rateLimits;
    return new TokenBucket(maxDispatchesPerSecond, maxBurstSize, this.#options.clock.now());
  }

  #push(task: Task): void {
    this.#schedule.push({ id: task.id, at: task.scheduledAtMs, order: this.#order++ });
  }

  #bury(id: string): void {
    this.#entries.delete(id);
    const now = this.#options.clock.now();
    // Set anew, so that the map stays in order of expiry and the expired ones stand at the front.
    this.#tombstones.delete(id);
    this.#tombstones.set(id, now + this.#options.tombstoneMs);
    for (const [name, expiry] of this.#tombstones) {
      if (expiry > now) break;
      this.#tombstones.delete(name);
    }
  }

  /** The next slot that still means something: its task exists, waits, and was not rescheduled since. */
  #next(): Slot | undefined {
    for (;;) {
      const slot = this.#schedule.peek();
      if (!slot) return undefined;
      const entry = this.#entries.get(slot.id);
      if (entry?.running === 0 && entry.task.scheduledAtMs === slot.at) return slot;
      this.#schedule.pop();
    }
  }

  /** Dispatches all that may go now and sets one timer for the rest. */
  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { clock } = this.#options;
    while (!this.#closed && this.#state === 'RUNNING') {
      if (this.#inFlight >= this.#config.rateLimits.maxConcurrentDispatches) return;
      const slot = this.#next();
      if (!slot) return;
      const now = clock.now();
      const waitMs = Math.max(slot.at - now, this.#bucket.msUntilToken(now));
      if (waitMs > 0) {
        this.#cancelTimer = clock.after(waitMs, () => this.#pump());
        return;
      }
      this.#schedule.pop();
      this.#bucket.take(now);
      this.#dispatch(this.#entries.get(slot.id)!);
    }
  }

  #dispatch(entry: Entry): void {
    const before = entry.task;
    const record: AttemptRecord = {
      scheduledAtMs: before.scheduledAtMs,
      dispatchedAtMs: this.#options.clock.now(),
    };
    entry.task = {
      ...before,
      dispatchCount: before.dispatchCount + 1,
      firstAttempt: before.firstAttempt ?? { ...record },
      lastAttempt: record,
    };
    entry.running++;
    this.#inFlight++;
    const attempt = { task: before, retryCount: before.dispatchCount, executionCount: before.executionCount };
    let reported = false;
    this.#options.send(attempt, (result) => {
      if (reported) return;
      reported = true;
      entry.running--;
      this.#inFlight--;
      // A task of the same name may have been created since: only the very same entry takes the result.
      if (this.#entries.get(before.id) === entry) this.#settle(entry, record, result);
      this.#pump();
    });
  }

  #settle(entry: Entry, record: AttemptRecord, result: AttemptResult): void {
    if (result.kind === 'answered' && result.status >= 200 && result.status < 300) {
      this.#bury(entry.task.id);
      return;
    }
    const now = this.#options.clock.now();
    const answered = result.kind === 'answered';
    const { previousStatus: _, ...before } = entry.task;
    const status = statusOf(result);
    const task: Task = {
      ...before,
      responseCount: before.responseCount + (answered ? 1 : 0),
      executionCount: before.executionCount + (answered && result.status < 500 ? 1 : 0),
      lastAttempt: { ...record, ...(answered ? { respondedAtMs: now } : {}), result },
      ...(status === undefined ? {} : { previousStatus: status }),
    };
    entry.task = task;
    if (entry.running > 0) return;
    if (this.#spent(task, now)) {
      this.#bury(task.id);
      this.#options.onDead?.(task);
      return;
    }
    const retryAfterMs = answered ? (result.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(backoffMs(task.dispatchCount, this.#config.retryConfig), retryAfterMs);
    entry.task = { ...task, scheduledAtMs: now + delayMs };
    this.#push(entry.task);
  }

  /**
   * A limit on attempts and a limit on duration end a task only together; each one alone ends it alone.
   */
  #spent(task: Task, now: number): boolean {
    const { maxAttempts, maxRetryDurationMs } = this.#config.retryConfig;
    const limitsAttempts = maxAttempts > 0;
    const limitsDuration = maxRetryDurationMs > 0;
    if (!limitsAttempts && !limitsDuration) return false;
    const firstAt = task.firstAttempt?.dispatchedAtMs ?? now;
    return (
      (!limitsAttempts || task.dispatchCount >= maxAttempts) &&
      (!limitsDuration || now - firstAt >= maxRetryDurationMs)
    );
  }
}

function createSchedule(): Heap<Slot> {
  return new Heap<Slot>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
}

/** The HTTP status that an attempt ended with, as the next one is told; undefined when nobody was reached. */
function statusOf(result: AttemptResult): number | undefined {
  if (result.kind === 'answered') return result.status;
  return result.kind === 'deadline' ? 504 : undefined;
}
