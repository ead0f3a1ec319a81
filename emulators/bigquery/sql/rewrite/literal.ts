// Literals of dates and times, and EXTRACT.
import { call, isObject, leafText, payload, stringLiteral } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import { macro } from './macro.ts';
import type { Rewriter, Scope } from './rewriter.ts';

export function literal(r: Rewriter, inner: JsonObject): Json {
  const value = leafText(inner['value']);
  switch (leafText(inner['literal_type'])) {
    case 'timestamp':
      return call('bq_timestamp', stringLiteral(value));
    case 'datetime':
      return r.raw(`CAST('${value.replaceAll("'", "''")}' AS TIMESTAMP)`);
    case 'date':
      return r.raw(`CAST('${value.replaceAll("'", "''")}' AS DATE)`);
    case 'time':
      return r.raw(`CAST('${value.replaceAll("'", "''")}' AS TIME)`);
    default:
      return { literal: inner };
  }
}

export function extract(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  const zoned = payload(inner['this'], 'at_time_zone');
  const field = isObject(inner['field'])
    ? leafText(Object.values(inner['field'])[0])
    : leafText(inner['field']);
  const value = r.visit((zoned?.['this'] ?? inner['this'])!, scope);
  const zone = zoned ? r.visit(zoned['zone']!, scope) : stringLiteral('UTC');
  const modified = isObject(inner['field']) && 'WeekWithModifier' in inner['field'];
  const part = modified ? `WEEK(${field.toUpperCase()})` : field.toUpperCase();
  const original = zoned?.['this'] ?? inner['this'];
  if (['DATE', 'TIME', 'DATETIME'].includes(part))
    return macro(r, `bq_${part.toLowerCase()}`, [original], zoned ? [value, zone] : [value]);
  return macro(r, 'bq_date_field', [null, original], [stringLiteral(part), value, zone]);
}
