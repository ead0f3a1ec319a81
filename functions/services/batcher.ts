// Work that callers ask for one by one, sent together: what arrives within one turn of the event loop, or while a
// request is under way, shares the next one. Who is alone does not wait, and no timer outlives the work.
// A caller costs one promise: under the functions framework, which follows each of them, promises are dear.
import type { Timers } from './timers.ts';

/** Instead of a result: this item failed, and its neighbours did not. */
export class Failed {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

export interface BatchOptions<Item, Result> {
  /** A result for each item, in order. A throw is the answer to every item of the batch. */
  send(items: readonly Item[]): Promise<readonly (Result | Failed)[]>;
  readonly maxItems: number;
  readonly maxBytes: number;
  /** Size of the item on the wire, in bytes. */
  bytesOf(item: Item): number;
  /** Two items with the same key never share a batch. */
  keyOf?(item: Item): string;
  /** The request was refused for what is in it: the batch is sent again in halves, so that only the culprit is refused. */
  isRefusal(error: unknown): boolean;
  /** Whether an item that failed so may be sent again. What shared a failed request shares the next one too. */
  isTransient?(error: unknown): boolean;
  /** How long each further attempt waits, in ms; none without it. */
  readonly pausesMs?: readonly number[];
  /** What the caller of an item that failed for good is told instead of a rejection. */
  toResult?(error: unknown): Result | undefined;
  /** Requests at once. */
  readonly maxInFlight: number;
  /** How long an item waits for company when the last request had several items and none is under way, in ms. */
  readonly lingerMs?: number;
  /** How long an item waits at most for company while requests are under way and another may be sent, in ms. */
  readonly windowMs: number;
}

interface Entry<Item, Result> {
  readonly item: Item;
  readonly bytes: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
}

/** Resolves to the item's own result. */
export type Batched<Item, Result> = (item: Item) => Promise<Result>;

export function createBatcher<Item, Result>(
  options: BatchOptions<Item, Result>,
  timers: Timers,
): Batched<Item, Result> {
  const { maxItems, maxBytes, maxInFlight, windowMs, lingerMs = 0, pausesMs = [] } = options;
  let waiting: Entry<Item, Result>[] = [];
  let waitingBytes = 0;
  let inFlight = 0;
  let isTurnEnding = false;
  let hadCompany = false;
  let cancelTimer: (() => void) | undefined;

  function add(entries: readonly Entry<Item, Result>[]): void {
    for (const entry of entries) {
      waiting.push(entry);
      waitingBytes += entry.bytes;
    }
    consider();
  }

  function consider(): void {
    if (waiting.length === 0 || inFlight >= maxInFlight) return;
    if (waiting.length >= maxItems || waitingBytes >= maxBytes) flush();
    else if (inFlight > 0) cancelTimer ??= timers.after(windowMs, flush);
    else if (hadCompany && lingerMs > 0) cancelTimer ??= timers.after(lingerMs, flush);
    else flushAtEndOfTurn();
  }

  /** What arrives in the same turn belongs together. */
  function flushAtEndOfTurn(): void {
    if (isTurnEnding) return;
    isTurnEnding = true;
    timers.soon(() => {
      isTurnEnding = false;
      flush();
    });
  }

  function stopWaiting(): void {
    cancelTimer?.();
    cancelTimer = undefined;
  }

  function flush(): void {
    stopWaiting();
    if (waiting.length === 0 || inFlight >= maxInFlight) return;
    const batch = take();
    hadCompany = batch.length > 1;
    inFlight++;
    void deliver(batch).finally(() => {
      inFlight--;
      // Who waited for this one to end has waited for long, but for whom its callers may bring.
      if (inFlight === 0) stopWaiting();
      consider();
    });
    consider();
  }

  /** From the front, as much as fits into one request; what shares a key with something in it stays. */
  function take(): Entry<Item, Result>[] {
    const batch: Entry<Item, Result>[] = [];
    const rest: Entry<Item, Result>[] = [];
    const keys = new Set<string>();
    let bytes = 0;
    for (const entry of waiting) {
      const key = options.keyOf?.(entry.item);
      const isFull = batch.length >= maxItems || (batch.length > 0 && bytes + entry.bytes > maxBytes);
      if (isFull || (key !== undefined && keys.has(key))) {
        rest.push(entry);
        continue;
      }
      if (key !== undefined) keys.add(key);
      batch.push(entry);
      bytes += entry.bytes;
    }
    waiting = rest;
    waitingBytes -= bytes;
    return batch;
  }

  /** Settles every entry, or has it sent again later; never rejects. */
  async function deliver(batch: readonly Entry<Item, Result>[]): Promise<void> {
    try {
      const results = await options.send(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error('Cannot tell whose result is whose');
      for (const [i, result] of results.entries()) {
        const entry = batch[i];
        if (!entry) continue;
        if (result instanceof Failed) fail([entry], result.error);
        else entry.resolve(result);
      }
    } catch (error) {
      if (batch.length === 1 || !options.isRefusal(error)) return fail(batch, error);
      const middle = batch.length >> 1;
      await deliver(batch.slice(0, middle));
      await deliver(batch.slice(middle));
    }
  }

  function fail(entries: readonly Entry<Item, Result>[], error: unknown): void {
    const mayRetry = options.isTransient?.(error) ?? false;
    const again = new Map<number, Entry<Item, Result>[]>();
    for (const entry of entries) {
      const pauseMs = mayRetry ? pausesMs[entry.attempts++] : undefined;
      const result = pauseMs === undefined ? options.toResult?.(error) : undefined;
      if (pauseMs !== undefined) again.set(pauseMs, [...(again.get(pauseMs) ?? []), entry]);
      else if (result !== undefined) entry.resolve(result);
      else entry.reject(error);
    }
    for (const [pauseMs, some] of again) timers.after(pauseMs, () => add(some));
  }

  return (item) =>
    new Promise((resolve, reject) => {
      add([{ item, bytes: options.bytesOf(item), resolve, reject, attempts: 0 }]);
    });
}
