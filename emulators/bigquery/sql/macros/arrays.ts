// Arrays: offsets count from 0, ordinals from 1, and both fail outside the array unless they are SAFE.
import type { Macros } from './index.ts';

const outside = (index: string, array: string) =>
  `bq_raise('Array index ' || ${index} || ' is out of bounds') + len(${array})`;

const at = (index: string, position: string) =>
  `(a, ${index}) AS CASE WHEN ${position} BETWEEN 1 AND len(a) THEN a[${position}]
    WHEN a IS NOT NULL AND ${index} IS NOT NULL THEN a[${outside(index, 'a')}] END`;

export const ARRAYS: Macros = {
  bq_at_offset: [at('i', '(i + 1)')],
  bq_at_ordinal: [at('i', 'i')],
  bq_at_safe_offset: ['(a, i) AS CASE WHEN i >= 0 THEN a[i + 1] END'],
  bq_at_safe_ordinal: ['(a, i) AS CASE WHEN i >= 1 THEN a[i] END'],
  bq_subscript: [
    `(j JSON, key VARCHAR) AS json_extract(j, '$."' || key || '"')`,
    `(j JSON, i BIGINT) AS json_extract(j, '$[' || i || ']')`,
    at('i', '(i + 1)'),
  ],
  bq_in_array: [
    `(x, a) AS CASE WHEN a IS NULL OR len(a) = 0 THEN false WHEN list_contains(a, x) THEN true
      WHEN x IS NULL OR len(a) <> list_count(a) THEN NULL ELSE false END`,
  ],
  bq_array_length: ['(a) AS CAST(len(a) AS BIGINT)'],
  bq_array_concat: [
    '(a) AS a',
    '(a, b) AS list_concat(a, b)',
    '(a, b, c) AS list_concat(list_concat(a, b), c)',
    '(a, b, c, d) AS list_concat(list_concat(list_concat(a, b), c), d)',
  ],
  bq_euclidean_distance: ['(a, b) AS list_distance(a, b)'],
  bq_cosine_distance: ['(a, b) AS list_cosine_distance(a, b)'],
  bq_array_reverse: ['(a) AS list_reverse(a)'],
  bq_array_first: ['(a) AS a[1]'],
  bq_array_last: ['(a) AS a[len(a)]'],
  bq_array_includes: ['(a, x) AS list_contains(a, x)'],
  bq_array_to_string: [
    `(a, separator) AS array_to_string(list_filter(a, x -> x IS NOT NULL), separator)`,
    `(a, separator, other) AS array_to_string(list_transform(a, x -> COALESCE(x, other)), separator)`,
  ],
  bq_generate_array: [
    '(a BIGINT, b BIGINT) AS generate_series(a, b)',
    '(a BIGINT, b BIGINT, step BIGINT) AS generate_series(a, b, step)',
    `(a DOUBLE, b DOUBLE, step DOUBLE) AS list_transform(generate_series(0, CAST(floor((b - a) / step + 1e-9) AS BIGINT)), i -> a + i * step)`,
  ],
};
