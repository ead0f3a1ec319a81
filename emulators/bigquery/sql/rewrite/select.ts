// SELECT and set operations: what is visible where, and the names of the columns that come out.
import { alias, column, identifierName, isObject, leafText, payload } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import type { Rewriter, Scope } from './rewriter.ts';
import { source, withCtes } from './sources.ts';

export function select(r: Rewriter, given: JsonObject, outer: Scope): Json {
  const inner: JsonObject = { ...given, expressions: liftAliases(given['expressions']) };
  const scope = withCtes(inner['with'], outer);
  const structKind = inner['kind'];
  const from = isObject(inner['from']) ? inner['from'] : null;
  const joins = Array.isArray(inner['joins']) ? inner['joins'] : [];
  const tables = new Set<string>(scope.tables);
  const sources = (Array.isArray(from?.['expressions']) ? from['expressions'] : []).map((item) =>
    source(r, item, scope, tables),
  );
  const newJoins = joins.map((join) => {
    if (!isObject(join)) return join;
    const joined = source(r, join['this']!, scope, tables);
    const unnested =
      payload(join['this'], 'unnest') ?? payload(payload(join['this'], 'alias')?.['this'], 'unnest');
    const { this: _, ...others } = join;
    const rest = r.children(others, {
      ctes: scope.ctes,
      tables,
      own: tables,
      nested: outer.expression ?? false,
      expression: true,
    });
    const needsOn =
      unnested &&
      join['kind'] === 'Left' &&
      !join['on'] &&
      (!Array.isArray(join['using']) || join['using'].length === 0);
    return { ...rest, this: joined, ...(needsOn ? { on: { boolean: { value: true } } } : {}) };
  });
  const nested = outer.expression === true ? true : (outer.nested ?? false);
  const own = new Set([...tables].filter((name) => !scope.tables.has(name)));
  const inside = { ctes: scope.ctes, tables, own, nested, expression: true };
  const { from: _from, joins: _joins, kind: _kind, with: _with, ...others } = inner;
  const body = r.children(others, inside);
  body['expressions'] = nameColumns(body['expressions'], inner['expressions']);
  const rewritten: JsonObject = {
    select: {
      ...body,
      ...(isObject(inner['with']) ? { with: r.children(inner['with'], scope) } : { with: null }),
      from: from ? { ...from, expressions: sources } : null,
      joins: newJoins,
    },
  };
  const [only] = Array.isArray(inner['expressions']) ? inner['expressions'] : [];
  const value = payload(only, 'alias')?.['this'] ?? only;
  // The fields of `SELECT AS VALUE STRUCT(…)` are the columns.
  if (
    structKind === 'VALUE' &&
    !outer.expression &&
    /^STRUCT$/i.test(leafText(payload(value, 'function')?.['name']))
  )
    return rowsAs(r, rewritten, 'SELECT UNNEST(bq_value) FROM ($) AS bq_values(bq_value)');
  if (structKind === 'STRUCT') return rowsAs(r, rewritten, 'SELECT bq_row FROM ($) AS bq_row');
  return rewritten;
}

const COMPARISONS = new Set(['like', 'eq', 'neq', 'lt', 'lte', 'gt', 'gte']);

/** `x = (1, 2) AS v`: the parser gives the name to the right side instead of the whole. */
function liftAliases(expressions: Json | undefined): Json {
  return (Array.isArray(expressions) ? expressions : []).map((expression) => {
    const [kind = ''] = isObject(expression) ? Object.keys(expression) : [];
    const comparison = payload(expression, kind);
    const named = payload(comparison?.['right'], 'alias');
    if (!COMPARISONS.has(kind) || !comparison || !named) return expression;
    return alias({ [kind]: { ...comparison, right: named['this']! } }, identifierName(named['alias']) ?? '');
  });
}

/** A query over another one, given as text with `$` where the inner query goes. */
function rowsAs(r: Rewriter, query: JsonObject, template: string): Json {
  return column(r.placeholder(template.replace('$', () => r.generate(query))), false);
}

/** Columns without a name are called f0_, f1_, … */
function nameColumns(expressions: Json | undefined, originals: Json | undefined): Json[] {
  let anonymous = 0;
  const list = Array.isArray(expressions) ? expressions : [];
  return list.map((expression, i) => {
    const original = Array.isArray(originals) ? originals[i] : undefined;
    if (!isObject(original)) return expression;
    const kind = Object.keys(original)[0]!;
    const wrapped = payload(payload(original, 'paren')?.['this'], 'column');
    if (wrapped) return alias(expression, identifierName(wrapped['name']) ?? '');
    if (kind === 'column') {
      const name = identifierName(payload(original, 'column')?.['name']);
      return name !== undefined && name !== '*' && !payload(expression, 'column')
        ? alias(expression, name)
        : expression;
    }
    if (kind === 'alias' || kind === 'star' || kind === 'braced_wildcard') return expression;
    if (kind === 'dot') {
      const name = identifierName(payload(original, 'dot')?.['field']);
      return name === undefined || name === '*' ? expression : alias(expression, name);
    }
    return alias(expression, `f${anonymous++}_`);
  });
}

export function setOperation(r: Rewriter, kind: string, inner: JsonObject, scope: Scope): Json {
  return { [kind]: r.children(inner, withCtes(inner['with'], scope)) };
}
