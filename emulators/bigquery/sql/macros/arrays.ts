// Arrays: offsets count from 0, ordinals from 1, and both fail outside the array unless they are SAFE.
import type { Macros } from './index.ts';

const outside = (index: string, array: string) =>
  `bq_raise('Array index ' || ${index} || ' is out of bounds') + len(${array})`;

const at = (index: string, position: string) =>
  `(a, ${index}) AS CASE WHEN ${position} BETWEEN 1 AND len(a) THEN a[${position}]
    WHEN a IS NOT NULL AND ${index} IS NOT NULL THEN a[${outside(index, 'a')}] END`;

const noStep = `bq_raise('Sequence step cannot be 0.')`;

export const ARRAYS: Macros = {
  bq_at_offset: [at('i', '(i + 1)')],
  bq_at_ordinal: [at('i', 'i')],
  bq_at_safe_offset: ['(a, i) AS CASE WHEN i >= 0 THEN a[i + 1] END'],
  bq_at_safe_ordinal: ['(a, i) AS CASE WHEN i >= 1 THEN a[i] END'],
  // JSON is text to DuckDB; every list could be cast to JSON, but not to text as cheaply as it is taken as it is.
  bq_subscript: [
    `(j VARCHAR, key VARCHAR) AS json_extract(j, '$."' || key || '"')`,
    `(j VARCHAR, i BIGINT) AS json_extract(j, '$[' || i || ']')`,
    at('i', '(i + 1)'),
  ],
  bq_in_array: [
    `(x, a) AS CASE WHEN a IS NULL OR len(a) = 0 THEN false WHEN list_contains(a, x) THEN true
      WHEN x IS NULL OR len(a) <> list_count(a) THEN NULL ELSE false END`,
  ],
  bq_array_length: ['(a) AS CAST(len(a) AS BIGINT)'],
  bq_array_concat: ['(a) AS a'],
  bq_euclidean_distance: ['(a, b) AS list_distance(a, b)'],
  bq_cosine_distance: ['(a, b) AS list_cosine_distance(a, b)'],
  bq_array_reverse: ['(a) AS list_reverse(a)'],
  bq_array_first: [
    `(a) AS CASE WHEN len(a) = 0 THEN a[bq_raise('ARRAY_FIRST cannot get the first element of an empty array')] ELSE a[1] END`,
  ],
  bq_array_last: [
    `(a) AS CASE WHEN len(a) = 0 THEN a[bq_raise('ARRAY_LAST cannot get the last element of an empty array')] ELSE a[len(a)] END`,
  ],
  bq_array_slice: [
    `(a, first, last) AS list_slice(a,
      greatest(CASE WHEN first < 0 THEN len(a) + first ELSE first END, 0) + 1,
      CASE WHEN last < 0 THEN len(a) + last ELSE last END + 1)`,
  ],
  bq_array_includes: ['(a, x) AS list_contains(a, x)'],
  bq_array_includes_any: ['(a, b) AS list_has_any(a, b)'],
  bq_array_includes_all: ['(a, b) AS list_has_all(a, b)'],
  bq_array_max: ['(a) AS list_max(a)'],
  bq_array_min: ['(a) AS list_min(a)'],
  bq_array_sum: [
    '(a BIGINT[]) AS CAST(list_sum(a) AS BIGINT)',
    '(a DECIMAL(38,9)[]) AS CAST(list_sum(a) AS DECIMAL(38,9))',
    '(a DOUBLE[]) AS list_sum(a)',
  ],
  bq_array_avg: ['(a DECIMAL(38,9)[]) AS CAST(list_avg(a) AS DECIMAL(38,9))', '(a DOUBLE[]) AS list_avg(a)'],
  bq_array_is_distinct: [
    '(a) AS len(a) = len(list_distinct(a)) + CASE WHEN list_count(a) < len(a) THEN 1 ELSE 0 END',
  ],
  bq_array_to_string: [
    `(a BLOB[], separator BLOB) AS CASE WHEN list_count(a) = 0 THEN CAST('' AS BLOB)
      ELSE list_reduce(list_filter(a, x -> x IS NOT NULL), (x, y) -> x || separator || y) END`,
    `(a, separator) AS array_to_string(list_filter(a, x -> x IS NOT NULL), separator)`,
    `(a, separator, other) AS array_to_string(list_transform(a, x -> COALESCE(x, other)), separator)`,
  ],
  bq_generate_array: [
    '(a BIGINT, b BIGINT) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN generate_series(a, b) END',
    `(a BIGINT, b BIGINT, step BIGINT) AS CASE WHEN step = 0 THEN [${noStep}]
      WHEN a IS NOT NULL AND b IS NOT NULL AND step IS NOT NULL THEN generate_series(a, b, step) END`,
    `(a DECIMAL(38,9), b DECIMAL(38,9)) AS list_transform(generate_series(0, CAST(floor(b - a) AS BIGINT)), i -> CAST(a + i AS DECIMAL(38,9)))`,
    `(a DECIMAL(38,9), b DECIMAL(38,9), step DECIMAL(38,9)) AS list_transform(generate_series(0, CAST(floor(bq_numeric_divide(b - a, step)) AS BIGINT)),
      i -> CAST(a + i * step AS DECIMAL(38,9)))`,
    '(a DOUBLE, b DOUBLE) AS list_transform(generate_series(0, CAST(floor(b - a + 1e-9) AS BIGINT)), i -> a + i)',
    `(a DOUBLE, b DOUBLE, step DOUBLE) AS list_transform(generate_series(0, CAST(floor((b - a) / step + 1e-9) AS BIGINT)), i -> a + i * step)`,
  ],
};
