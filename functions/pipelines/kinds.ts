// The kinds of values that fields have, told apart by what may become of them: some may be kept, some are identifiers
// by nature and may only be pseudonymised, generalised or dropped. `wanted` ends up in failure records and logs: it
// says what is wanted and never what was found.
import {
  isPlainObject,
  isReference,
  isTime,
  toFloatCell,
  toMicroseconds,
  toRfc3339,
  type Time,
} from './fields.ts';
import { reason, vouched, type Reason } from './reason.ts';

/** A cell of a row as insertAll's JSON wants it. */
export type Cell = PlainCell | RecordCell | readonly RecordCell[];
export type PlainCell = string | number | boolean | null | readonly string[];
/** A cell with columns of its own. */
export interface RecordCell {
  readonly [column: string]: Cell;
}
export type ColumnType = 'STRING' | 'INTEGER' | 'FLOAT' | 'BOOLEAN' | 'TIMESTAMP';

/** What a policy may do with a kind, besides dropping and generalising it. */
export interface Keepable {
  readonly keep: true;
}
export interface Identifying {
  readonly pseudonymise: true;
}

export interface Kind<Value, May = unknown> {
  /** As the record of processing calls it. */
  readonly name: string;
  readonly wanted: Reason;
  readonly may: May;
  readonly type: ColumnType;
  readonly repeated: boolean;
  readonly optional: boolean;
  readonly is: (value: unknown) => value is Value;
  /** The cell, or the text that is pseudonymised. */
  readonly toCell: (value: Value) => PlainCell;
  /** What is wrong with a value that it is not, as `path: expected …`. */
  readonly problems: (value: unknown, path: Reason) => readonly Reason[];
}

interface Definition<Value, May> {
  readonly name: string;
  readonly wanted: Reason;
  readonly may: May;
  readonly type: ColumnType;
  readonly repeated?: true;
  readonly is: (value: unknown) => value is Value;
  readonly toCell: (value: Value) => PlainCell;
  readonly problems?: (value: unknown, path: Reason) => readonly Reason[];
}

function kind<Value, const May>(definition: Definition<Value, May>): Kind<Value, May> {
  const problems = (_: unknown, path: Reason) => [reason`${path}: ${definition.wanted}`];
  return { repeated: false, problems, ...definition, optional: false };
}

/** The value may be absent or null: an empty cell, never 0 or false. */
export function optional<Value, May>(of: Kind<Value, May>): Kind<Value | null, May> {
  const empty = emptyCell(of);
  return {
    ...of,
    optional: true,
    is: (value): value is Value | null => value === undefined || value === null || of.is(value),
    toCell: (value) => (value === undefined || value === null ? empty : of.toCell(value)),
  };
}

export function emptyCell({ repeated }: Pick<Kind<unknown>, 'repeated'>): PlainCell {
  return repeated ? [] : null;
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Text that the app or the device makes: a code, a name from a list. What people type is `freeText`. */
export const text = kind({
  name: 'text',
  wanted: reason`expected a string`,
  may: { keep: true, pseudonymise: true },
  type: 'STRING',
  is: isText,
  toCell: (value) => value,
});

/** Text that people type: names, addresses and ailments stand in it, so it is never kept. */
export const freeText = kind({
  name: 'free text',
  wanted: text.wanted,
  may: { pseudonymise: true },
  type: 'STRING',
  is: isText,
  toCell: (value) => value,
});

export function literal<const Value extends string>(wanted: Value): Kind<Value, Keepable> {
  return kind({
    name: `"${wanted}"`,
    wanted: reason`expected "${vouched(wanted)}"`,
    may: { keep: true },
    type: 'STRING',
    is: (value): value is Value => value === wanted,
    toCell: (value) => value,
  });
}

/** Whole number that a double can hold exactly; Firestore's larger integers lose digits on decoding. */
export const integer = kind({
  name: 'integer',
  wanted: reason`expected a whole number within ±2^53`,
  may: { keep: true, pseudonymise: true },
  type: 'INTEGER',
  is: (value): value is number => Number.isSafeInteger(value),
  toCell: (value) => value,
});

/** Any number, also NaN and the infinities, which are legal in Firestore and in BigQuery's FLOAT. */
export const float = kind({
  name: 'number',
  wanted: reason`expected a number`,
  may: { keep: true },
  type: 'FLOAT',
  is: (value): value is number => typeof value === 'number',
  toCell: toFloatCell,
});

export const boolean = kind({
  name: 'boolean',
  wanted: reason`expected true or false`,
  may: { keep: true },
  type: 'BOOLEAN',
  is: (value): value is boolean => typeof value === 'boolean',
  toCell: (value) => value,
});

export const timestamp: Kind<Time, Keepable> = kind({
  name: 'timestamp',
  wanted: reason`expected a timestamp`,
  may: { keep: true },
  type: 'TIMESTAMP',
  is: (value): value is Time => isTime(value),
  toCell: toRfc3339,
});

/**
 * A moment as text, as Python's `isoformat()` and JavaScript's `toISOString()` write it. In UTC, so that texts sort as
 * their moments do: the reconciliation counts by them.
 */
export const isoTime = kind({
  name: 'time as text',
  wanted: reason`expected an ISO 8601 time in UTC`,
  may: { keep: true },
  type: 'TIMESTAMP',
  is: (value): value is string => isText(value) && ISO_UTC.test(value) && !Number.isNaN(Date.parse(value)),
  toCell: (value) => toMicroseconds(value),
});
const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)$/;

/** Each element is text as in `text`. */
export const texts = kind({
  name: 'array of texts',
  wanted: reason`expected an array of strings`,
  may: { keep: true, pseudonymise: true },
  type: 'STRING',
  repeated: true,
  is: (value): value is readonly string[] => Array.isArray(value) && value.every(isText),
  toCell: (value) => value,
  problems: (value, path) =>
    Array.isArray(value)
      ? value.flatMap((element, i) => (isText(element) ? [] : text.problems(element, reason`${path}.${i}`)))
      : [reason`${path}: expected an array of strings`],
});

/** Another document; its path names it, and often a person. */
export const reference = kind({
  name: 'reference',
  wanted: reason`expected a reference`,
  may: { pseudonymise: true },
  type: 'STRING',
  is: isReference,
  toCell: (value) => value.path,
});

/** A map whose keys are data, e.g. user ids. Only the keys can be pseudonymised, only their number generalised. */
export const keyedMap = kind({
  name: 'map with free keys',
  wanted: reason`expected a map`,
  may: { pseudonymise: true },
  type: 'STRING',
  repeated: true,
  is: isPlainObject,
  toCell: (value) => Object.keys(value),
});
