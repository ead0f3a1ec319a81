// FROM and JOIN: tables, arrays as tables, and the target of DML.
import { quoteIdentifier } from '../../schema.ts';
import { identifierName, isObject, leafText, payload, table } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import type { Rewriter, Scope } from './rewriter.ts';

export function withCtes(clause: Json | undefined, outer: Scope): Scope {
  if (!isObject(clause)) return outer;
  const names = (Array.isArray(clause['ctes']) ? clause['ctes'] : []).map((cte) =>
    isObject(cte) ? (identifierName(cte['alias']) ?? '').toLowerCase() : '',
  );
  return { ...outer, ctes: new Set([...outer.ctes, ...names]) };
}

/** One item of FROM or JOIN; adds the name by which later items see it to `tables`. */
export function source(r: Rewriter, item: Json, scope: Scope, tables: Set<string>): Json {
  const nested = scope.expression ?? false;
  const inside = { ctes: scope.ctes, tables, expression: nested };
  const aliased = payload(item, 'alias');
  const unnest = payload(item, 'unnest') ?? payload(aliased?.['this'], 'unnest');
  if (unnest) {
    const name = identifierName(unnest['alias']) ?? identifierName(aliased?.['alias']);
    if (name) tables.add(name.toLowerCase());
    const lateral = { ...inside, nested: 'lateral' as const };
    return unnestSource(r, r.visit(unnest['this']!, lateral), name, unnest, unnest['this']!);
  }
  const bare = payload(aliased?.['this'], 'table');
  const named = payload(item, 'table') ?? (bare && { ...bare, alias: aliased!['alias']! });
  if (named) return tableSource(r, named, scope, tables);
  const result = r.visit(item, inside);
  const subqueryAlias =
    identifierName(payload(item, 'subquery')?.['alias']) ?? identifierName(aliased?.['alias']);
  if (subqueryAlias) tables.add(subqueryAlias.toLowerCase());
  return result;
}

function tablePath(inner: JsonObject): string[] {
  return [inner['catalog'], inner['schema'], inner['name']]
    .map(identifierName)
    .filter((part) => part !== undefined)
    .join('.')
    .split('.');
}

export function tableSource(r: Rewriter, inner: JsonObject, scope: Scope, tables: Set<string>): Json {
  const path = tablePath(inner);
  // The parser gives `INFORMATION_SCHEMA.X` an alias of its own.
  const given = identifierName(inner['alias']);
  // SQLAlchemy makes aliases with dots of the names of tables; columns are qualified by the last part.
  const name = given?.split('.').at(-1) ?? path.at(-1)!;
  if (path.length === 1 && scope.ctes.has(path[0]!.toLowerCase())) {
    tables.add(name.toLowerCase());
    return { table: inner };
  }
  if (path.length > 1 && tables.has(path[0]!.toLowerCase())) {
    tables.add(name.toLowerCase());
    const array = r.raw(path.map(quoteIdentifier).join('.'));
    return unnestSource(r, array, name, inner, null);
  }
  tables.add(name.toLowerCase());
  const columns = (Array.isArray(inner['column_aliases']) ? inner['column_aliases'] : []).map(
    (c) => identifierName(c) ?? '',
  );
  const sql = r.resolveTable(path, true);
  return table(r.placeholder(sql), name, columns);
}

/** `UNNEST(array) AS name WITH OFFSET AS position` as a lateral subquery. */
function unnestSource(
  r: Rewriter,
  array: Json,
  name: string | undefined,
  inner: JsonObject,
  original: Json,
): Json {
  const withOffset = inner['with_ordinality'] === true;
  const offset = identifierName(inner['offset_alias']) ?? 'offset';
  const sql = r.generate(array);
  const anonymous = r.freshName('bq_unnest');
  const rowSize = name === undefined ? tupleSize(original) : 0;
  // An array that is computed is computed once; one that is named is unnested in its order.
  const computed = /"(select|union|subquery)":/.test(JSON.stringify(original));
  const list = computed ? 'a' : sql;
  const from = computed ? ` FROM (SELECT ${sql} AS a)` : '';
  const structs = name === undefined && (rowSize > 0 || isStructArray(original));
  const value = structs
    ? `UNNEST(${list}, max_depth := 2)`
    : `UNNEST(${list}) AS ${quoteIdentifier(name ?? 'value')}`;
  const position = withOffset
    ? `, CAST(generate_subscripts(${list}, 1) - 1 AS BIGINT) AS ${quoteIdentifier(offset)}`
    : '';
  const columns = Array.from({ length: rowSize }, (_, i) => `f${i}_`);
  return table(r.placeholder(`(SELECT ${value}${position}${from})`), anonymous, columns);
}

/** How many values the rows of `[(1, 2), …]` have; 0 for other arrays. */
function tupleSize(node: Json): number {
  const list = payload(node, 'array_func') ?? payload(node, 'array');
  const first = Array.isArray(list?.['expressions']) ? list['expressions'][0] : undefined;
  const values = payload(first, 'tuple')?.['expressions'];
  return Array.isArray(values) ? values.length : 0;
}

function isStructArray(node: Json): boolean {
  const list = payload(node, 'array_func') ?? payload(node, 'array');
  const first = Array.isArray(list?.['expressions']) ? list['expressions'][0] : undefined;
  if (leafText(payload(first, 'function')?.['name']).toUpperCase() === 'STRUCT') return true;
  const to = payload(node, 'cast')?.['to'];
  const element = isObject(to) ? to['element_type'] : undefined;
  return isObject(element) && element['data_type'] === 'struct';
}

export function targetTable(r: Rewriter, node: Json | undefined): Json {
  const aliased = payload(node, 'alias');
  const inner = payload(aliased?.['this'], 'table') ?? payload(node, 'table') ?? (isObject(node) ? node : {});
  const path = tablePath(inner);
  const name = identifierName(aliased?.['alias']) ?? identifierName(inner['alias']);
  const word = r.placeholder(r.resolveTable(path, false));
  return (table(word, name ?? path.at(-1)!)['table'] as JsonObject) ?? null;
}
