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
    (m) => `No matching signature for ${operation(m[1]!)} for argument types: ${googleTypes(m[2]!)}`,
  ],
  [
    /Macro "?bq_(\w+)"?\(?\)? (?:does not support|requires|has|function)/i,
    (m) => `No matching signature for function ${m[1]!.toUpperCase()}`,
  ],
  [
    /Could not choose a best candidate function for the function call "([^("]+)\((.*?)\)"/,
    (m) => `No matching signature for ${operation(m[1]!)} for argument types: ${googleTypes(m[2]!)}`,
  ],
  [/Could not convert string '([^']*)' to INT32/, (m) => `Could not cast literal "${m[1]}" to type INT64`],
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

const TYPES: Readonly<Record<string, string>> = {
  BIGINT: 'INT64',
  INTEGER: 'INT64',
  INTEGER_LITERAL: 'INT64',
  HUGEINT: 'INT64',
  DOUBLE: 'FLOAT64',
  VARCHAR: 'STRING',
  STRING_LITERAL: 'STRING',
  BLOB: 'BYTES',
  BOOLEAN: 'BOOL',
  TIMESTAMP: 'DATETIME',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
};

/** `BIGINT, VARCHAR[]` as `INT64, ARRAY<STRING>`. */
function googleTypes(types: string): string {
  return types
    .split(/, (?![^(]*\))/)
    .map((type) => {
      const element = type.replace(/(\[\])+$/, '');
      const name = TYPES[element] ?? element.replace(/^DECIMAL.*/, 'NUMERIC');
      return element === type ? name : `ARRAY<${name}>`;
    })
    .join(', ');
}

function operation(name: string): string {
  if (/^\W+$/.test(name)) return `operator ${name}`;
  return `function ${name.replace(/^bq_/i, '').toUpperCase()}`;
}

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
