// GoogleSQL functions that DuckDB has nothing like, in plain TypeScript. The engine registers each under
// its name; the macros call them. A thrown Error is the error of the query.
import { BITS } from './bits.ts';
import { FARM_FINGERPRINT } from './farm-fingerprint.ts';
import { FORMAT_TIME } from './format-time.ts';
import { HASHES } from './hashes.ts';
import { INTERVALS } from './intervals.ts';
import { PARSE_TIME } from './parse-time.ts';
import { STRINGS } from './strings.ts';
import { VARIADIC } from './variadic.ts';

export type Scalar = string | bigint | number | boolean | Uint8Array | null;
export type ScalarType = 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BLOB' | 'BOOLEAN' | 'VARCHAR[]';

export interface ScalarFunction {
  readonly name: string;
  readonly parameters: readonly ScalarType[];
  readonly returns: ScalarType;
  /** Never called with NULL: a NULL argument makes the result NULL. Lists come as arrays of strings. */
  readonly run: (...args: never[]) => Scalar;
}

const RAISE: ScalarFunction = {
  name: 'bq_raise',
  parameters: ['VARCHAR'],
  returns: 'BIGINT',
  run: (message: string) => {
    throw new Error(message);
  },
};

export const SCALAR_FUNCTIONS: readonly ScalarFunction[] = [
  RAISE,
  ...FORMAT_TIME,
  ...PARSE_TIME,
  ...STRINGS,
  ...VARIADIC,
  ...HASHES,
  ...INTERVALS,
  ...BITS,
  ...FARM_FINGERPRINT,
];
