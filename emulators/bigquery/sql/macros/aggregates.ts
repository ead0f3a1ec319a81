// Aggregates that only need another name or type. DISTINCT, ORDER BY and OVER do not pass through a macro,
// so whatever DuckDB has under the same name is left alone.
import type { Macros } from './index.ts';

const sketch = `unhex(string_agg(DISTINCT printf('%016x', hash(x)), '' ORDER BY printf('%016x', hash(x))) FILTER (WHERE x IS NOT NULL))`;
/** The hashes of all sketches. */
const merged = `list_distinct(flatten(list(regexp_extract_all(hex(sketch), '.{16}')) FILTER (WHERE sketch IS NOT NULL)))`;

export const AGGREGATES: Macros = {
  /** From sum, count and DuckDB's average: that of NUMERIC is NUMERIC. */
  bq_average_of: [
    '(s HUGEINT, c, a) AS CAST(a AS DOUBLE)',
    '(s DECIMAL(38,9), c, a) AS CASE WHEN c > 0 THEN bq_numeric_divide(s, c) END',
    '(s DOUBLE, c, a) AS CAST(a AS DOUBLE)',
  ],
  bq_approx_count_distinct: ['(x) AS CAST(count(DISTINCT x) AS BIGINT)'],
  bq_approx_quantiles: ['(x, n) AS quantile_disc(x, list_transform(generate_series(0, n), i -> i / n))'],
  bq_approx_top_count: [
    `(x, n) AS list_transform(list_sort(list_transform(map_entries(histogram(x)), e -> {'n': -CAST(e.value AS BIGINT), 'v': e.key})),
      e -> {'value': e.v, 'count': -e.n})[1:n]`,
  ],
  bq_approx_top_sum: [
    `(x, w, n) AS list_transform(list_sort(list_transform(list_distinct(list(x)), one -> {
        'n': -list_sum(list_transform(list_filter(list({'item': x, 'weight': w}), pair -> pair.item = one), pair -> pair.weight)),
        'v': one})), e -> {'value': e.v, 'sum': -e.n})[1:n]`,
  ],
  /** A sketch is the sorted hashes of the values, eight bytes each: it counts exactly. */
  bq_hll_count_init: [`(x) AS ${sketch}`, `(x, p) AS ${sketch}`],
  bq_hll_count_extract: ['(sketch) AS CAST(COALESCE(octet_length(sketch), 0) // 8 AS BIGINT)'],
  bq_hll_count_merge: [`(sketch) AS CAST(COALESCE(len(${merged}), 0) AS BIGINT)`],
  bq_hll_count_merge_partial: [
    `(sketch) AS CASE WHEN count(sketch) > 0 THEN unhex(array_to_string(list_sort(${merged}), '')) END`,
  ],
};
