// Whether an expression aggregates: holds an aggregate or window function at its own level of the query.
import { isObject, payload } from './ast.ts';
import type { Json } from './ast.ts';

const AGGREGATES =
  /^(aggregate_function|sum|avg|count|count_if|min|max|min_by|max_by|arg_min|arg_max|any_value|array_agg|array_concat_agg|string_agg|group_concat|stddev.*|variance|var_.*|corr|covar_.*|approx_.*|bq_approx_.*|bq_hll_count_(init|merge|merge_partial)|quantile.*|median|mode|percentile_.*|bool_and|bool_or|logical_.*|bit_(and|or|xor)(_agg)?|grouping|window_function|row_number|rank|dense_rank|ntile|lag|lead|first_value|last_value|nth_value)$/i;

export function aggregates(node: Json | undefined): boolean {
  if (Array.isArray(node)) return node.some(aggregates);
  if (!isObject(node)) return false;
  const [kind] = Object.keys(node);
  if (kind === 'select' || kind === 'subquery' || kind === 'union') return false;
  if (kind !== undefined && AGGREGATES.test(kind) && isObject(node[kind])) return true;
  const name = payload(node, 'function')?.['name'];
  if (typeof name === 'string' && AGGREGATES.test(name)) return true;
  return Object.values(node).some(aggregates);
}
