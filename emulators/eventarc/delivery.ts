// At-least-once delivery of the events of one trigger, as a state machine on a clock: what is under way, what
// waits for its turn, what waits for its retry. It opens no socket.
import type { Clock } from '../shared/clock.ts';

export type DeliveryResult =
  | { readonly kind: 'acknowledged'; readonly status?: number }
  /** The function ran and failed. */
  | { readonly kind: 'failed'; readonly status: number }
  /** No instance took the event: 429 or 503. */
  | { readonly kind: 'unavailable'; readonly status: number }
  /** No host: refused, reset, killed on the way. */
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface RetryPolicy {
  /** 10 s in production. */
  readonly minMs: number;
  /** 600 s in production. */
  readonly maxMs: number;
  /** 24 h in production. */
  readonly maxAgeMs: number;
}

export const PRODUCTION_RETRY: RetryPolicy = { minMs: 10_000, maxMs: 600_000, maxAgeMs: 86_400_000 };

export interface DeliveryOptions<E> {
  readonly clock: Clock;
  readonly retryPolicy: RetryPolicy;
  readonly send: (event: E, done: (result: DeliveryResult) => void) => void;
  /** An event is given up: it failed without retry, or grew too old. */
  readonly onDropped: (event: E, result: DeliveryResult) => void;
  /** Told whenever an event is done, delivered or dropped. */
  readonly onSettled: () => void;
  /** Which of the next `count` waiting events goes first; the oldest unless told otherwise. */
  readonly choose?: (count: number) => number;
}

interface Item<E> {
  readonly event: E;
  readonly since: number;
  attempts: number;
}

/** How far from the front an event may be taken when they are reordered. */
const REORDER_WINDOW = 16;

export class Delivery<E> {
  readonly #options: DeliveryOptions<E>;
  #limits = { concurrency: 80, retry: false };
  #ready: Item<E>[] = [];
  #head = 0;
  #waiting = new Set<() => void>();
  #inFlight = 0;
  #generation = 0;
  /** While the host is away nothing is sent but one probe at a time. */
  #away: { failures: number; cancel: () => void } | undefined;

  constructor(options: DeliveryOptions<E>) {
    this.#options = options;
  }

  /** Events that are not done. */
  get pending(): number {
    return this.#ready.length - this.#head + this.#waiting.size + this.#inFlight;
  }

  configure(limits: { concurrency: number; retry: boolean }): void {
    this.#limits = limits;
    this.#pump();
  }

  enqueue(event: E): void {
    this.#ready.push({ event, since: this.#options.clock.now(), attempts: 0 });
    this.#pump();
  }

  /** The host is back: what waits for it goes now. */
  hostIsBack(): void {
    this.#endWait();
    this.#pump();
  }

  /** Forgets all events; results of those under way are ignored. */
  clear(): void {
    this.#generation++;
    this.#inFlight = 0;
    this.#ready = [];
    this.#head = 0;
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    this.#endWait();
    this.#options.onSettled();
  }

  #pump(): void {
    while (!this.#away && this.#inFlight < this.#limits.concurrency) {
      const item = this.#take();
      if (!item) return;
      this.#deliver(item);
    }
  }

  #take(): Item<E> | undefined {
    const count = Math.min(this.#ready.length - this.#head, REORDER_WINDOW);
    if (count === 0) return undefined;
    const index = this.#head + (this.#options.choose?.(count) ?? 0);
    const item = this.#ready[index]!;
    this.#ready[index] = this.#ready[this.#head]!;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #deliver(item: Item<E>, probe = false): void {
    const generation = this.#generation;
    this.#inFlight++;
    let reported = false;
    this.#options.send(item.event, (result) => {
      if (reported || generation !== this.#generation) return;
      reported = true;
      this.#inFlight--;
      this.#settle(item, result, probe);
      this.#pump();
    });
  }

  #settle(item: Item<E>, result: DeliveryResult, probe: boolean): void {
    if (result.kind !== 'unreachable') this.#endWait();
    switch (result.kind) {
      case 'acknowledged':
        this.#options.onSettled();
        return;
      case 'failed':
        if (this.#limits.retry) this.#retryLater(item, result);
        else this.#drop(item, result);
        return;
      case 'unavailable':
        this.#retryLater(item, result);
        return;
      case 'unreachable':
        this.#ready.push(item);
        if (probe || !this.#away) this.#waitForHost();
    }
  }

  #retryLater(item: Item<E>, result: DeliveryResult): void {
    const { clock, retryPolicy } = this.#options;
    if (clock.now() - item.since >= retryPolicy.maxAgeMs) {
      this.#drop(item, result);
      return;
    }
    item.attempts++;
    const cancel = clock.after(exponential(item.attempts, retryPolicy), () => {
      this.#waiting.delete(cancel);
      this.#ready.push(item);
      this.#pump();
    });
    this.#waiting.add(cancel);
  }

  #waitForHost(): void {
    const failures = (this.#away?.failures ?? 0) + 1;
    const cancel = this.#options.clock.after(exponential(failures, this.#options.retryPolicy), () => {
      const item = this.#take();
      if (item) this.#deliver(item, true);
      else this.#endWait();
    });
    this.#away = { failures, cancel };
  }

  #endWait(): void {
    this.#away?.cancel();
    this.#away = undefined;
  }

  #drop(item: Item<E>, result: DeliveryResult): void {
    this.#options.onDropped(item.event, result);
    this.#options.onSettled();
  }
}

function exponential(attempts: number, { minMs, maxMs }: RetryPolicy): number {
  return Math.min(maxMs, minMs * 2 ** (attempts - 1));
}
