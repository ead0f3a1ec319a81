// Aggregate functions with modifiers that DuckDB writes differently or does not have.
import { call, isObject, leafText, payload, stringLiteral } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import { macro } from './macro.ts';
import type { Rewriter, Scope } from './rewriter.ts';

/** `AVG`, alone or over a window, with the type that GoogleSQL gives it: that of NUMERIC is NUMERIC. */
export function average(r: Rewriter, inner: JsonObject, scope: Scope, over?: (node: Json) => Json): Json {
  const wrap = over ?? ((node: Json) => node);
  const node = r.children(inner, scope);
  const sum = wrap({ sum: { ...node, name: 'SUM' } });
  const held: Json = { sum: {} };
  const value = r.generate(node['this']!);
  const distinct = inner['distinct'] === true ? 'DISTINCT ' : '';
  const filter = isObject(node['filter']) ? ` FILTER (WHERE ${r.generate(node['filter'])})` : '';
  const count = wrap(r.raw(`COUNT(${distinct}${value})${filter}`));
  return macro(r, 'bq_average_of', [held, held, held], [sum, count, wrap({ avg: { ...node, name: 'AVG' } })]);
}

/** `ARRAY_AGG(f(x) IGNORE NULLS)`: the parser gives the modifiers to a function that it does not know. */
function liftModifiers(inner: JsonObject): JsonObject {
  const wrapped = payload(inner['this'], 'aggregate_function');
  if (!wrapped) return inner;
  const { ignore_nulls: ignoreNulls, order_by: orderBy, limit, ...rest } = wrapped;
  const plain = call(leafText(rest['name']), ...(Array.isArray(rest['args']) ? rest['args'] : []));
  const ordered = Array.isArray(orderBy) && orderBy.length > 0 ? { order_by: orderBy } : {};
  const limited = isObject(limit) ? { limit } : {};
  return {
    ...inner,
    this: plain,
    ...(ignoreNulls === true ? { ignore_nulls: true } : {}),
    ...ordered,
    ...limited,
  };
}

/** ARRAY_AGG with IGNORE NULLS as a filter and LIMIT as a slice. */
export function aggregateList(r: Rewriter, given: JsonObject, scope: Scope): Json {
  const { limit, ignore_nulls: ignoreNulls, ...rest } = liftModifiers(given);
  const node: JsonObject = {
    array_agg: { ...r.children(rest, scope), name: 'ARRAY_AGG', limit: null, ignore_nulls: null },
  };
  const value = r.generate(r.visit(rest['this']!, scope));
  const sql = r.generate(node) + (ignoreNulls === true ? ` FILTER (WHERE ${value} IS NOT NULL)` : '');
  return isObject(limit) ? r.raw(`(${sql})[1:${r.generate(limit)}]`) : r.raw(sql);
}

export function stringAggregate(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  const { limit, ...rest } = inner;
  const separator = isObject(inner['separator']) ? inner['separator'] : stringLiteral(',');
  if (!isObject(limit)) return { string_agg: { ...r.children({ ...rest, separator }, scope), limit: null } };
  const { separator: _, ...list } = rest;
  const node: JsonObject = {
    array_agg: {
      ...r.children(list, scope),
      limit: null,
      ignore_nulls: null,
      name: 'ARRAY_AGG',
      filter: null,
    },
  };
  const value = r.generate(r.visit(inner['this']!, scope));
  return r.raw(
    `array_to_string((${r.generate(node)} FILTER (WHERE ${value} IS NOT NULL))[1:${r.generate(limit)}], ${r.generate(separator)})`,
  );
}

/** `ANY_VALUE(x HAVING MAX y)` is the x of the greatest y. */
export function anyValue(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  const having = inner['having_max'];
  if (!Array.isArray(having)) return { any_value: r.children(inner, scope) };
  const by = r.visit(having[0]!, scope);
  return call(having[1] === true ? 'arg_max' : 'arg_min', r.visit(inner['this']!, scope), by);
}
