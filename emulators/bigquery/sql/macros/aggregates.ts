// Aggregates that only need another name or type. DISTINCT, ORDER BY and OVER do not pass through a macro,
// so whatever DuckDB has under the same name is left alone.
import type { Macros } from './index.ts';

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
    `(x, n) AS list_transform(map_entries(histogram(x)), e -> {'value': e.key, 'count': CAST(e.value AS BIGINT)})[1:n]`,
  ],
};
