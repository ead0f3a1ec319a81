// What the service knows about rows that were streamed a short while ago: insertIds it has seen in the
// last minute, and how many rows DML may not touch yet. It holds no rows.
import type { Table } from './catalog.ts';

/** BigQuery remembers insertIds for about a minute, best effort. */
const DEDUPE_MS = 60_000;

interface Batch {
  readonly at: number;
  readonly rows: number;
}

interface Streamed {
  /** insertId → when it may come again; in order of arrival. */
  readonly seen: Map<string, number>;
  batches: Batch[];
  /** Those of them that no `stored` has told of. */
  unstored: Batch[];
  /** Where rows that were flushed stand in the stored table. */
  ranges: RowRange[];
}

export interface RowRange {
  readonly from: bigint;
  /** The first row after the range. */
  readonly to: bigint;
  readonly at: number;
}

export class StreamingBuffer {
  readonly #now: () => number;
  readonly #windowMs: number;
  #tables = new WeakMap<Table, Streamed>();

  constructor(now: () => number, windowMs: number) {
    this.#now = now;
    this.#windowMs = windowMs;
  }

  #of(table: Table): Streamed {
    let streamed = this.#tables.get(table);
    if (!streamed) {
      streamed = { seen: new Map(), batches: [], unstored: [], ranges: [] };
      this.#tables.set(table, streamed);
    }
    return streamed;
  }

  /** Whether this insertId is new; a new one is remembered. */
  admit(table: Table, insertId: string): boolean {
    const { seen } = this.#of(table);
    const now = this.#now();
    for (const [id, until] of seen) {
      if (until > now) break;
      seen.delete(id);
    }
    if (seen.has(insertId)) return false;
    seen.set(insertId, now + DEDUPE_MS);
    return true;
  }

  add(table: Table, rows: number): void {
    if (rows === 0) return;
    const batch = { at: this.#now(), rows };
    const { batches, unstored } = this.#of(table);
    batches.push(batch);
    unstored.push(batch);
  }

  /** Rows still in the buffer, and when the oldest of them came; undefined when there are none. */
  info(table: Table): { readonly rows: number; readonly oldestMs: number } | undefined {
    const streamed = this.#tables.get(table);
    if (!streamed) return undefined;
    const since = this.#now() - this.#windowMs;
    streamed.batches = streamed.batches.filter((batch) => batch.at > since);
    const [oldest] = streamed.batches;
    if (!oldest) return undefined;
    return { rows: streamed.batches.reduce((sum, batch) => sum + batch.rows, 0), oldestMs: oldest.at };
  }

  /** Notes where rows of the buffer were stored: some time after they came, in their order. */
  stored(table: Table, from: bigint, to: bigint): void {
    const streamed = this.#of(table);
    let next = from;
    for (const { at, rows } of streamed.unstored) {
      streamed.ranges.push({ from: next, to: next + BigInt(rows), at });
      next += BigInt(rows);
    }
    streamed.unstored = [];
    if (next < to) streamed.ranges.push({ from: next, to, at: this.#now() });
  }

  /** Where the rows still in the buffer stand; what lies side by side is one range. */
  ranges(table: Table): readonly RowRange[] {
    const streamed = this.#tables.get(table);
    if (!streamed) return [];
    const since = this.#now() - this.#windowMs;
    streamed.ranges = streamed.ranges.filter(({ at }) => at > since);
    const joined: { from: bigint; to: bigint; at: number }[] = [];
    for (const range of streamed.ranges) {
      const last = joined.at(-1);
      if (last?.to === range.from) last.to = range.to;
      else joined.push({ ...range });
    }
    return joined;
  }

  forget(): void {
    this.#tables = new WeakMap();
  }
}
