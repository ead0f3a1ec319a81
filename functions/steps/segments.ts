// Time cut into pieces, each with the number of rows that BigQuery has in it: what the reconciliation counts against.

/** From inclusive, to exclusive, in ms since the epoch; null is open. */
export interface TimeRange {
  readonly from: number | null;
  readonly to: number | null;
}

export interface Segment extends TimeRange {
  /** Keys that BigQuery has in it. */
  readonly rows: number;
}

export const UNIT_MS = { minute: 60_000, day: 86_400_000 } as const;

/** The range without gaps, in order: each unit that has rows, and what lies between them. */
export function toSegments(
  counts: ReadonlyMap<number, number>,
  unit: keyof typeof UNIT_MS,
  range: TimeRange,
): readonly Segment[] {
  const segments: Segment[] = [];
  let end = range.from;
  const starts = [...counts.keys()].toSorted((a, b) => a - b);
  for (const start of starts) {
    if (end === null || start > end) segments.push({ from: end, to: start, rows: 0 });
    end = start + UNIT_MS[unit];
    segments.push({ from: start, to: end, rows: counts.get(start) ?? 0 });
  }
  if (range.to === null || end === null || end < range.to)
    segments.push({ from: end, to: range.to, rows: 0 });
  return segments;
}

/** Neighbours together until they have `size` rows: one count of Firestore then answers for all of them. */
export function toBuckets(segments: readonly Segment[], size: number): readonly (readonly Segment[])[] {
  const buckets: Segment[][] = [];
  let rows = Infinity;
  for (const segment of segments) {
    if (rows + segment.rows > size) {
      buckets.push([]);
      rows = 0;
    }
    buckets.at(-1)?.push(segment);
    rows += segment.rows;
  }
  return buckets;
}

export function rangeOf(segments: readonly Segment[]): TimeRange {
  return { from: segments[0]?.from ?? null, to: segments.at(-1)?.to ?? null };
}

export function rowsOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
}

/** What Firestore bills for a count. */
export function readsOfCount(count: number): number {
  return Math.max(1, Math.ceil(count / 1000));
}
