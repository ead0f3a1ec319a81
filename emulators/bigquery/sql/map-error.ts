// Errors of DuckDB in the words of BigQuery, as far as there is an equivalent; the reason is right in any case.
import { ApiError, invalidQuery } from '../errors.ts';

const RULES: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/Referenced column "([^"]+)" (?:was )?not found/, (m) => `Unrecognized name: ${m[1]}`],
  [
    /column "([^"]+)" that is not found|does not have a column named "([^"]+)"/i,
    (m) => `Unrecognized name: ${m[1] ?? m[2]}`,
  ],
  [/Referenced table "([^"]+)" (?:was )?not found/, (m) => `Unrecognized name: ${m[1]}`],
  [
    /(?:Scalar|Aggregate|Table)? ?Function with name "?([^\s"]+)"? does not exist/,
    (m) => `Function not found: ${m[1]!.replace(/^bq_/, '')}`,
  ],
  [
    /No function matches the given name and argument types '([^(]+)\(([^)]*)\)'/,
    (m) =>
      `No matching signature for function ${m[1]!.replace(/^bq_/i, '').toUpperCase()} for argument types: ${m[2]}`,
  ],
  [
    /Macro "?bq_(\w+)"?\(?\)? (?:does not support|requires|has|function)/i,
    (m) => `No matching signature for function ${m[1]!.toUpperCase()}`,
  ],
  [/NOT NULL constraint failed: [^.]*\.?(?:.*\.)?(\w+)/, (m) => `Required field ${m[1]} cannot be null`],
  [/Could not convert string '([^']*)' to INT64/, (m) => `Bad int64 value: ${m[1]}`],
  [/Could not convert string '([^']*)' to DOUBLE/, (m) => `Bad double value: ${m[1]}`],
  [/Could not convert string '([^']*)' to BOOL/, (m) => `Bad bool value: ${m[1]}`],
  [/Could not convert string "([^"]*)" to DECIMAL/, (m) => `Invalid NUMERIC value: ${m[1]}`],
  [
    /invalid date field format: "([^"]*)"|date field value out of range: "([^"]*)"/,
    (m) => `Invalid date: '${m[1] ?? m[2]}'`,
  ],
  [/invalid timestamp field format: "([^"]*)"/, (m) => `Invalid timestamp: '${m[1]}'`],
  [/Overflow in (\w+) of INT64 \((.*)\)/, (m) => `int64 overflow: ${m[2]}`],
  [
    /must appear in the GROUP BY clause/,
    (m) =>
      m.input
        .split('\n')[0]!
        .replace(
          /^.*?column "([^"]+)".*$/,
          'SELECT list expression references column $1 which is neither grouped nor aggregated',
        ),
  ],
  [/Ambiguous reference to column name "([^"]+)"/, (m) => `Column name ${m[1]} is ambiguous`],
  [/More than one row returned by a subquery/, () => 'Scalar subquery produced more than one element'],
  [
    /MERGE.*(?:multiple|more than one)/i,
    () => 'UPDATE/MERGE must match at most one source row for each target row',
  ],
];

export function mapError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // Not `instanceof`: errors of the native library may come from another realm.
  const { message } = (error ?? {}) as { readonly message?: unknown };
  const text = typeof message === 'string' ? message : String(error);
  for (const [pattern, words] of RULES) {
    const match = pattern.exec(text);
    if (match) return invalidQuery(words(match));
  }
  if (text.startsWith('Parser Error')) return invalidQuery(`Syntax error: ${firstLine(text)}`);
  return invalidQuery(firstLine(text));
}

const firstLine = (text: string) => text.split('\n')[0]!.replace(/^[A-Z][A-Za-z ]* Error: /, '');
