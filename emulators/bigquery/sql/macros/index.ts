// GoogleSQL functions as DuckDB macros. Each entry is a name and its overloads, `(parameters) AS body`;
// DuckDB picks the overload by the types of the arguments. A call of `FOO` becomes `bq_foo` when it is here.
import { AGGREGATES } from './aggregates.ts';
import { ARRAYS } from './arrays.ts';
import { CASTS } from './casts.ts';
import { DATES } from './dates.ts';
import { JSONS } from './jsons.ts';
import { MATHS } from './maths.ts';
import { STRINGS } from './strings.ts';

export type Macros = Readonly<Record<string, readonly string[]>>;

const ALL: Macros = { ...CASTS, ...MATHS, ...STRINGS, ...DATES, ...ARRAYS, ...JSONS, ...AGGREGATES };

export const MACRO_NAMES: ReadonlySet<string> = new Set(Object.keys(ALL));

export const MACRO_STATEMENTS: readonly string[] = Object.entries(ALL).map(
  ([name, overloads]) => `CREATE OR REPLACE TEMP MACRO ${name} ${overloads.join(', ')}`,
);
