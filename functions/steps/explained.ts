// Differences that were looked into and found right: documents that have no row (abandoned) and rows whose document is
// gone. Kept by the beginning of the segment, so that the next reconciliation need not look again.
import type { TimeRange } from './segments.ts';

export interface Difference {
  /** Completed documents that rightly have no row. */
  readonly withoutRow: number;
  /** Rows whose document was deleted, or moved to another time. */
  readonly extra: number;
}

/** By the first moment of a segment in ms. */
export type Explained = Readonly<Record<string, Difference>>;

/** The key of a segment that is open below. */
const BEGINNING = 'beginning';

const NONE: Difference = { withoutRow: 0, extra: 0 };

export function explainedIn(explained: Explained, range: TimeRange): Difference {
  return sum(
    Object.entries(explained)
      .filter(([at]) => isWithin(at, range))
      .map(([, found]) => found),
  );
}

/** How many more documents than rows are right. */
export function surplus({ withoutRow, extra }: Difference): number {
  return withoutRow - extra;
}

export function sum(differences: readonly Difference[]): Difference {
  return differences.reduce(
    (total, { withoutRow, extra }) => ({
      withoutRow: total.withoutRow + withoutRow,
      extra: total.extra + extra,
    }),
    NONE,
  );
}

/** What was known of the range gives way to what was found now. */
export function explain(explained: Explained, range: TimeRange, found: Difference): Explained {
  const others = Object.entries(explained).filter(([at]) => !isWithin(at, range));
  const entry =
    found.withoutRow === 0 && found.extra === 0 ? [] : [[String(range.from ?? BEGINNING), found] as const];
  return Object.fromEntries([...others, ...entry]);
}

function isWithin(at: string, { from, to }: TimeRange): boolean {
  if (at === BEGINNING) return from === null;
  return (from === null || Number(at) >= from) && (to === null || Number(at) < to);
}
