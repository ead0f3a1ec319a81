// CAST and its like.
import { notImplemented } from '../../errors.ts';
import { isObject, payload } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import { macro } from './macro.ts';
import { rowOf } from './struct.ts';
import { typeName } from './types.ts';
import type { Rewriter, Scope } from './rewriter.ts';

/** The macros of conversions that DuckDB does otherwise. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  BLOB: 'bytes',
  BIGINT: 'int64',
  'DECIMAL(38,9)': 'numeric',
  TIME: 'time',
  INTERVAL: 'interval',
};

export function cast(r: Rewriter, inner: JsonObject, scope: Scope, safe: boolean): Json {
  const node = r.visit(inner['this']!, scope);
  const fields = payload(inner['this'], 'struct')?.['fields'];
  const value = Array.isArray(fields) ? r.generate(rowOf(r, fields, scope)) : r.generate(node);
  const type = typeName(inner['to']);
  const to = isObject(inner['to']) ? inner['to'] : {};
  const convert = safe ? 'TRY_CAST' : 'CAST';
  if (isObject(inner['format'])) throw notImplemented('CAST with FORMAT');
  if (isObject(inner['this']) && 'null' in inner['this']) return r.raw(`CAST(NULL AS ${type})`);
  if (type in CONVERSIONS && (to['precision'] ?? null) === null) {
    return macro(r, `bq_to_${CONVERSIONS[type]}`, [inner['this']], [node], safe);
  }
  if (to['data_type'] === 'decimal' && to['precision'] !== undefined && to['precision'] !== null) {
    const scale = Number(to['scale'] ?? 0);
    return r.raw(`CAST(round(CAST(${value} AS DECIMAL(38,9)), ${scale}) AS DECIMAL(38,9))`);
  }
  return r.raw(`${convert}(${value} AS ${type})`);
}
