// Ways to make a value less telling. Each says less than the value, for every value: what does not fit gives NULL.
import { toRfc3339, type Time } from './fields.ts';
import type { ColumnType, PlainCell } from './kinds.ts';

export interface Generalisation<Value> {
  /** As the record of processing says it. */
  readonly name: string;
  readonly type: ColumnType;
  readonly apply: (value: Value) => PlainCell;
}

export const toHour = truncated('hour', 3_600);
export const toDay = truncated('day', 86_400);

function truncated(unit: string, unitSeconds: number): Generalisation<Time> {
  return {
    name: `to the ${unit} (UTC)`,
    type: 'TIMESTAMP',
    apply: ({ seconds }) =>
      toRfc3339({ seconds: Math.floor(seconds / unitSeconds) * unitSeconds, nanoseconds: 0 }),
  };
}

/** `[0, 10)` for 3 with the edges 0, 10, 20; below the first and from the last edge on, one bin each. */
export function toBins(...edges: readonly number[]): Generalisation<number> {
  const sorted = edges.toSorted((a, b) => a - b);
  return {
    name: `to bins at ${sorted.join(', ')}`,
    type: 'STRING',
    apply: (value) => {
      if (Number.isNaN(value)) return null;
      const above = sorted.filter((edge) => edge <= value).length;
      const [from, to] = [sorted[above - 1], sorted[above]];
      if (from === undefined) return to === undefined ? null : `< ${to}`;
      return to === undefined ? `>= ${from}` : `[${from}, ${to})`;
    },
  };
}

/** In characters (code points). */
export const toLength: Generalisation<string> = {
  name: 'to its length',
  type: 'INTEGER',
  apply: (value) => [...value].length,
};

/** `19` for `19.1.2` and `v19`. */
export const toMajor: Generalisation<string> = {
  name: 'to the major version',
  type: 'STRING',
  apply: (value) => /^v?(\d{1,4})(?:\.[\w.-]*)?$/.exec(value)?.[1] ?? null,
};

/** How many elements or keys. */
export const toCount: Generalisation<readonly unknown[] | Readonly<Record<string, unknown>>> = {
  name: 'to their number',
  type: 'INTEGER',
  apply: (value) => Object.keys(value).length,
};
