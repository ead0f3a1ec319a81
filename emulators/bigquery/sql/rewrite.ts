// Second half of the translation, on the tree: GoogleSQL constructs become what DuckDB understands.
// Table names are looked up through `resolveTable`; everything else is decided by syntax alone.
import { invalidQuery, notImplemented } from '../errors.ts';
import { quoteIdentifier } from '../schema.ts';
import { aggregates } from './aggregates.ts';
import {
  alias,
  call,
  column,
  identifier,
  identifierName,
  isIdentifier,
  isObject,
  leafText,
  payload,
  stringLiteral,
  table,
} from './ast.ts';
import type { Json, JsonObject } from './ast.ts';

export interface RewriteContext {
  /** DuckDB's SQL for a table, given the parts of its name; `readable` is false for the target of DML. */
  resolveTable(path: readonly string[], readable: boolean): string;
  /** Remembers SQL text and returns the word that stands for it until the text is generated. */
  placeholder(sql: string): string;
  /** The time that CURRENT_TIMESTAMP and its like show, the same throughout a statement. */
  readonly nowMs: number;
  /** Generates the SQL of a rewritten node. */
  generate(node: Json): string;
}

/** What is visible by a bare name at a point of the statement. */
interface Scope {
  readonly ctes: ReadonlySet<string>;
  /** Aliases of the tables before this point in the same FROM, for `FROM t, t.items`. */
  readonly tables: ReadonlySet<string>;
}

const EMPTY: Scope = { ctes: new Set(), tables: new Set() };

const TYPES: Readonly<Record<string, string>> = {
  INT64: 'BIGINT',
  INTEGER: 'BIGINT',
  INT: 'BIGINT',
  SMALLINT: 'BIGINT',
  TINYINT: 'BIGINT',
  BYTEINT: 'BIGINT',
  BIGINT: 'BIGINT',
  FLOAT64: 'DOUBLE',
  FLOAT: 'DOUBLE',
  DOUBLE: 'DOUBLE',
  STRING: 'VARCHAR',
  TEXT: 'VARCHAR',
  VARCHAR: 'VARCHAR',
  BYTES: 'BLOB',
  BINARY: 'BLOB',
  VARBINARY: 'BLOB',
  BOOL: 'BOOLEAN',
  BOOLEAN: 'BOOLEAN',
  NUMERIC: 'DECIMAL(38,9)',
  DECIMAL: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,18)',
  BIGDECIMAL: 'DECIMAL(38,18)',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
  JSON: 'JSON',
  GEOGRAPHY: 'VARCHAR',
  INTERVAL: 'INTERVAL',
};

/** DuckDB's name for a data type node of the parser. */
export function typeName(type: Json | undefined): string {
  if (!isObject(type)) throw invalidQuery('Syntax error: Expected a type');
  const kind = leafText(type['data_type']);
  if (kind === 'array') return `${typeName(type['element_type'])}[]`;
  if (kind === 'struct') {
    const fields = (Array.isArray(type['fields']) ? type['fields'] : []).filter(isObject);
    const inner = fields.map((f, i) => {
      const name = leafText(f['name']) || `_field_${i + 1}`;
      return `${quoteIdentifier(name)} ${typeName(f['data_type'])}`;
    });
    return `STRUCT(${inner.join(', ')})`;
  }
  const name = (kind === 'custom' ? leafText(type['name']) : kind).toUpperCase().replace(/_/g, '');
  const duck = TYPES[name.replace(/\(.*$/, '')];
  if (!duck) throw invalidQuery(`Type not found: ${name}`);
  return duck;
}

export function createRewriter(context: RewriteContext): (node: Json) => Json {
  const now = `TIMESTAMPTZ '${new Date(context.nowMs).toISOString()}'`;
  const raw = (sql: string) => column(context.placeholder(sql), false);

  function visit(node: Json, scope: Scope): Json {
    if (Array.isArray(node)) return node.map((item) => visit(item, scope));
    if (!isObject(node)) return node;
    const keys = Object.keys(node);
    const rewrite = keys.length === 1 ? REWRITES[keys[0]!] : undefined;
    const inner = rewrite && payload(node, keys[0]!);
    if (rewrite && inner) return rewrite(inner, scope);
    return children(node, scope);
  }

  function children(node: JsonObject, scope: Scope): JsonObject {
    if (isIdentifier(node))
      return { ...identifier(leafText(node['name'])), quoted: node['name'] !== 'DEFAULT' };
    const result: JsonObject = {};
    for (const [key, value] of Object.entries(node))
      result[key] = key === 'span' ? null : visit(value, scope);
    delete result['span'];
    return result;
  }

  function select(inner: JsonObject, outer: Scope): Json {
    const scope = withCtes(inner['with'], outer);
    const structKind = inner['kind'];
    const from = isObject(inner['from']) ? inner['from'] : null;
    const joins = Array.isArray(inner['joins']) ? inner['joins'] : [];
    const tables = new Set<string>(scope.tables);
    const sources = (Array.isArray(from?.['expressions']) ? from['expressions'] : []).map((item) =>
      source(item, scope, tables),
    );
    const newJoins = joins.map((join) => {
      if (!isObject(join)) return join;
      const joined = source(join['this']!, scope, tables);
      const unnested =
        payload(join['this'], 'unnest') ?? payload(payload(join['this'], 'alias')?.['this'], 'unnest');
      const { this: _, ...others } = join;
      const rest = children(others, { ...scope, tables });
      const needsOn =
        unnested &&
        join['kind'] === 'Left' &&
        !join['on'] &&
        (!Array.isArray(join['using']) || join['using'].length === 0);
      return { ...rest, this: joined, ...(needsOn ? { on: { boolean: { value: true } } } : {}) };
    });
    const inside = { ctes: scope.ctes, tables };
    const { from: _from, joins: _joins, kind: _kind, with: _with, ...others } = inner;
    const body = children(others, inside);
    body['expressions'] = nameColumns(body['expressions'], inner['expressions']);
    const rewritten: JsonObject = {
      select: {
        ...body,
        ...(isObject(inner['with']) ? { with: children(inner['with'], scope) } : { with: null }),
        from: from ? { ...from, expressions: sources } : null,
        joins: newJoins,
      },
    };
    if (structKind === 'STRUCT') return rowsAs(rewritten, 'SELECT bq_row FROM ($) AS bq_row');
    return rewritten;
  }

  /** A query over another one, given as text with `$` where the inner query goes. */
  function rowsAs(query: JsonObject, template: string): Json {
    return column(context.placeholder(template.replace('$', () => context.generate(query))), false);
  }

  function withCtes(clause: Json | undefined, outer: Scope): Scope {
    if (!isObject(clause)) return { ctes: outer.ctes, tables: outer.tables };
    const names = (Array.isArray(clause['ctes']) ? clause['ctes'] : []).map((cte) =>
      isObject(cte) ? (identifierName(cte['alias']) ?? '').toLowerCase() : '',
    );
    return { ctes: new Set([...outer.ctes, ...names]), tables: outer.tables };
  }

  /** One item of FROM or JOIN; adds the name by which later items see it to `tables`. */
  function source(item: Json, scope: Scope, tables: Set<string>): Json {
    const inside = { ctes: scope.ctes, tables };
    const aliased = payload(item, 'alias');
    const unnest = payload(item, 'unnest') ?? payload(aliased?.['this'], 'unnest');
    if (unnest) {
      const name = identifierName(unnest['alias']) ?? identifierName(aliased?.['alias']);
      if (name) tables.add(name.toLowerCase());
      return unnestSource(visit(unnest['this']!, inside), name, unnest, unnest['this']!);
    }
    const bare = payload(aliased?.['this'], 'table');
    const named = payload(item, 'table') ?? (bare && { ...bare, alias: aliased!['alias']! });
    if (named) return tableSource(named, scope, tables);
    const result = visit(item, inside);
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

  function tableSource(inner: JsonObject, scope: Scope, tables: Set<string>): Json {
    const path = tablePath(inner);
    // The parser gives `INFORMATION_SCHEMA.X` an alias of its own.
    const given = identifierName(inner['alias']);
    const name = given ?? path.at(-1)!;
    if (path.length === 1 && scope.ctes.has(path[0]!.toLowerCase())) {
      tables.add(name.toLowerCase());
      return { table: inner };
    }
    if (path.length > 1 && tables.has(path[0]!.toLowerCase())) {
      tables.add(name.toLowerCase());
      const array = raw(path.map(quoteIdentifier).join('.'));
      return unnestSource(array, name, inner, null);
    }
    tables.add(name.toLowerCase());
    const columns = (Array.isArray(inner['column_aliases']) ? inner['column_aliases'] : []).map(
      (c) => identifierName(c) ?? '',
    );
    const sql = context.resolveTable(path, true);
    return table(context.placeholder(sql), name, columns);
  }

  /**
   * A call of a macro. DuckDB chooses among its overloads before it knows the type of an aggregate, so the
   * arguments that aggregate go through a lambda, which knows. SAFE covers the function, not its arguments.
   */
  function macro(
    name: string,
    originals: readonly (Json | undefined)[],
    args: readonly Json[],
    safe = false,
  ): Json {
    const held = args.map((arg, i) => !payload(arg, 'literal') && (safe || aggregates(originals[i])));
    if (!held.includes(true))
      return safe ? raw(`TRY(${context.generate(call(name, ...args))})`) : call(name, ...args);
    const texts = args.map((arg) => context.generate(arg));
    const fields = texts.flatMap((text, i) => (held[i] ? [`'a${i}': ${text}`] : []));
    const inner = texts.map((text, i) => (held[i] ? `struct_extract(bq_args, 'a${i}')` : text));
    const body = `${name}(${inner.join(', ')})`;
    return raw(
      `list_transform([{${fields.join(', ')}}], lambda bq_args: ${safe ? `TRY(${body})` : body})[1]`,
    );
  }

  /** `AVG`, alone or over a window, with the type that GoogleSQL gives it: that of NUMERIC is NUMERIC. */
  function average(inner: JsonObject, scope: Scope, over?: (node: Json) => Json): Json {
    const wrap = over ?? ((node: Json) => node);
    const node = children(inner, scope);
    const sum = wrap({ sum: { ...node, name: 'SUM' } });
    const held: Json = { sum: {} };
    const value = context.generate(node['this']!);
    const distinct = inner['distinct'] === true ? 'DISTINCT ' : '';
    const filter = isObject(node['filter']) ? ` FILTER (WHERE ${context.generate(node['filter'])})` : '';
    const count = wrap(raw(`COUNT(${distinct}${value})${filter}`));
    return macro('bq_average_of', [held, held, held], [sum, count, wrap({ avg: { ...node, name: 'AVG' } })]);
  }

  let unnests = 0;

  /** `UNNEST(array) AS name WITH OFFSET AS position` as a lateral subquery. */
  function unnestSource(array: Json, name: string | undefined, inner: JsonObject, original: Json): Json {
    const withOffset = inner['with_ordinality'] === true;
    const offset = identifierName(inner['offset_alias']) ?? 'offset';
    const sql = context.generate(array);
    const anonymous = `bq_unnest_${++unnests}`;
    const structs = name === undefined && isStructArray(original);
    const value = structs ? 'UNNEST(a, max_depth := 2)' : `UNNEST(a) AS ${quoteIdentifier(name ?? 'value')}`;
    const position = withOffset
      ? `, CAST(generate_subscripts(a, 1) - 1 AS BIGINT) AS ${quoteIdentifier(offset)}`
      : '';
    return table(context.placeholder(`(SELECT ${value}${position} FROM (SELECT ${sql} AS a))`), anonymous);
  }

  function isStructArray(node: Json): boolean {
    const list = payload(node, 'array_func') ?? payload(node, 'array');
    const first = Array.isArray(list?.['expressions']) ? list['expressions'][0] : undefined;
    if (leafText(payload(first, 'function')?.['name']).toUpperCase() === 'STRUCT') return true;
    const to = payload(node, 'cast')?.['to'];
    const element = isObject(to) ? to['element_type'] : undefined;
    return isObject(element) && element['data_type'] === 'struct';
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

  function isNumber(node: Json | undefined): boolean {
    return payload(node, 'literal')?.['literal_type'] === 'number';
  }

  /** Integer literals are INT64, where DuckDB takes 32 bits when they fit. */
  function wide(node: Json): Json {
    const inner = payload(node, 'literal');
    return inner?.['literal_type'] === 'number' && /^\d+$/.test(leafText(inner['value']))
      ? call('bq_int64', node)
      : node;
  }

  function arithmetic(kind: string) {
    return (inner: JsonObject, scope: Scope): Json => {
      const left = visit(inner['left']!, scope);
      const right = visit(inner['right']!, scope);
      const literals = isNumber(inner['left']) && isNumber(inner['right']);
      if (kind === 'mul')
        return macro('bq_multiply', [inner['left'], inner['right']], [wide(left), wide(right)]);
      return {
        [kind]: { ...inner, left: literals ? wide(left) : left, right: literals ? wide(right) : right },
      };
    };
  }

  function cast(inner: JsonObject, scope: Scope, safe: boolean): Json {
    const node = visit(inner['this']!, scope);
    const fields = payload(inner['this'], 'struct')?.['fields'];
    const value = Array.isArray(fields) ? context.generate(rowOf(fields, scope)) : context.generate(node);
    const type = typeName(inner['to']);
    const to = isObject(inner['to']) ? inner['to'] : {};
    const convert = safe ? 'TRY_CAST' : 'CAST';
    if (isObject(inner['format'])) throw notImplemented('CAST with FORMAT');
    if (['VARCHAR', 'BLOB', 'BIGINT', 'DECIMAL(38,9)'].includes(type) && to['precision'] === undefined) {
      const name = { VARCHAR: 'string', BLOB: 'bytes', BIGINT: 'int64', 'DECIMAL(38,9)': 'numeric' }[type]!;
      return macro(`bq_to_${name}`, [inner['this']], [node], safe);
    }
    if (to['data_type'] === 'decimal' && to['precision'] !== undefined && to['precision'] !== null) {
      const scale = Number(to['scale'] ?? 0);
      return raw(`CAST(round(CAST(${value} AS DECIMAL(38,9)), ${scale}) AS DECIMAL(38,9))`);
    }
    return raw(`${convert}(${value} AS ${type})`);
  }

  function subscript(inner: JsonObject, scope: Scope): Json {
    const list = visit(inner['this']!, scope);
    const accessor = payload(inner['index'], 'function');
    const name = leafText(accessor?.['name']).toUpperCase();
    const args = Array.isArray(accessor?.['args']) ? accessor['args'] : [];
    if (accessor && /^(SAFE_)?(OFFSET|ORDINAL)$/.test(name))
      return macro(`bq_at_${name.toLowerCase()}`, [inner['this'], args[0]], [list, visit(args[0]!, scope)]);
    return macro('bq_subscript', [inner['this'], inner['index']], [list, visit(inner['index']!, scope)]);
  }

  function targetTable(node: Json | undefined): Json {
    const aliased = payload(node, 'alias');
    const inner =
      payload(aliased?.['this'], 'table') ?? payload(node, 'table') ?? (isObject(node) ? node : {});
    const path = tablePath(inner);
    const name = identifierName(aliased?.['alias']) ?? identifierName(inner['alias']);
    const word = context.placeholder(context.resolveTable(path, false));
    return (table(word, name ?? path.at(-1)!)['table'] as JsonObject) ?? null;
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
  function aggregateList(given: JsonObject, scope: Scope): Json {
    const { limit, ignore_nulls: ignoreNulls, ...rest } = liftModifiers(given);
    const node: JsonObject = {
      array_agg: { ...children(rest, scope), name: 'ARRAY_AGG', limit: null, ignore_nulls: null },
    };
    const value = context.generate(visit(rest['this']!, scope));
    const sql = context.generate(node) + (ignoreNulls === true ? ` FILTER (WHERE ${value} IS NOT NULL)` : '');
    return isObject(limit) ? raw(`(${sql})[1:${context.generate(limit)}]`) : raw(sql);
  }

  function stringAggregate(inner: JsonObject, scope: Scope): Json {
    const { limit, ...rest } = inner;
    const separator = isObject(inner['separator']) ? inner['separator'] : stringLiteral(',');
    if (!isObject(limit)) return { string_agg: { ...children({ ...rest, separator }, scope), limit: null } };
    const { separator: _, ...list } = rest;
    const node: JsonObject = {
      array_agg: {
        ...children(list, scope),
        limit: null,
        ignore_nulls: null,
        name: 'ARRAY_AGG',
        filter: null,
      },
    };
    const value = context.generate(visit(inner['this']!, scope));
    return raw(
      `array_to_string((${context.generate(node)} FILTER (WHERE ${value} IS NOT NULL))[1:${context.generate(limit)}], ${context.generate(separator)})`,
    );
  }

  function functionCall(inner: JsonObject, scope: Scope): Json {
    const name = leafText(inner['name']);
    const upper = name.toUpperCase();
    const args = Array.isArray(inner['args']) ? inner['args'].map((arg) => visit(arg, scope)) : [];
    const originals = Array.isArray(inner['args']) ? inner['args'] : [];
    if (upper.startsWith('SAFE.')) {
      return macro(name.slice(5), originals, args, true);
    }
    switch (upper) {
      case 'CURRENT_TIMESTAMP':
        return raw(now);
      case 'CURRENT_DATETIME':
        return raw(`CAST(${now} AT TIME ZONE ${args[0] ? context.generate(args[0]) : "'UTC'"} AS TIMESTAMP)`);
      case 'CURRENT_DATE':
        return raw(`CAST(${now} AT TIME ZONE ${args[0] ? context.generate(args[0]) : "'UTC'"} AS DATE)`);
      case 'CURRENT_TIME':
        return raw(`CAST(${now} AT TIME ZONE ${args[0] ? context.generate(args[0]) : "'UTC'"} AS TIME)`);
      case 'STRUCT':
        return struct(args, originals);
      case 'ARRAY':
        return raw(`COALESCE(${context.generate(call('ARRAY', ...args))}, [])`);
      case 'BQ_CONCAT': {
        const aggregating = originals.some(aggregates) ? { sum: {} } : null;
        return args.reduce((left, right) => macro('bq_concat', [aggregating, aggregating], [left, right]));
      }
      case 'FORMAT': {
        const texts = args
          .slice(1)
          .map((arg, i) => context.generate(macro('bq_to_string', [originals[i + 1]], [arg])));
        return raw(`bq_js_format(${context.generate(args[0]!)}, CAST([${texts.join(', ')}] AS VARCHAR[]))`);
      }
      case 'COLLATE':
        return collate(args[0]!, originals[1]);
      case 'ANY_VALUE':
        return { function: { ...inner, name: 'any_value', args } };
      default:
        if (upper.startsWith('BQ_') && !inner['order_by']) return macro(name, originals, args);
        return { function: { ...children(inner, scope), args } };
    }
  }

  function collate(value: Json, collation: Json | undefined): Json {
    const name = leafText(payload(collation, 'literal')?.['value']);
    if (name === '') return value;
    if (name !== 'und:ci') throw invalidQuery(`Collation '${name}' in collate function is not supported.`);
    return raw(`(${context.generate(value)} COLLATE NOCASE)`);
  }

  /** A field without a name takes that of its column; one without any name at all is a row, matched by position. */
  function struct(args: readonly Json[], originals: readonly Json[]): Json {
    const names = originals.map(
      (original) =>
        identifierName(payload(original, 'alias')?.['alias']) ??
        identifierName(payload(original, 'column')?.['name']) ??
        identifierName(payload(original, 'dot')?.['field']),
    );
    const values = args.map((arg) => context.generate(payload(arg, 'alias')?.['this'] ?? arg));
    if (names.every((name) => name === undefined)) return raw(`row(${values.join(', ')})`);
    const fields = values.map(
      (value, i) => `'${(names[i] ?? `_field_${i + 1}`).replaceAll("'", "''")}': ${value}`,
    );
    return raw(`{${fields.join(', ')}}`);
  }

  /** The values of `STRUCT<…>(…)`, which get their names from the type. */
  function rowOf(fields: readonly Json[], scope: Scope): Json {
    const values = fields.map((field) =>
      Array.isArray(field) ? visit(field[1]!, scope) : visit(field, scope),
    );
    return raw(`row(${values.map((value) => context.generate(value)).join(', ')})`);
  }

  function extract(inner: JsonObject, scope: Scope): Json {
    const zoned = payload(inner['this'], 'at_time_zone');
    const field = isObject(inner['field'])
      ? leafText(Object.values(inner['field'])[0])
      : leafText(inner['field']);
    const value = visit((zoned?.['this'] ?? inner['this'])!, scope);
    const zone = zoned ? visit(zoned['zone']!, scope) : stringLiteral('UTC');
    const modified = isObject(inner['field']) && 'WeekWithModifier' in inner['field'];
    const part = modified ? `WEEK(${field.toUpperCase()})` : field.toUpperCase();
    const original = zoned?.['this'] ?? inner['this'];
    if (['DATE', 'TIME', 'DATETIME'].includes(part))
      return macro(`bq_${part.toLowerCase()}`, [original], zoned ? [value, zone] : [value]);
    return macro('bq_date_field', [null, original], [stringLiteral(part), value, zone]);
  }

  function literal(inner: JsonObject): Json {
    const value = leafText(inner['value']);
    switch (leafText(inner['literal_type'])) {
      case 'timestamp':
        return call('bq_timestamp', stringLiteral(value));
      case 'datetime':
        return raw(`CAST('${value.replaceAll("'", "''")}' AS TIMESTAMP)`);
      case 'date':
        return raw(`CAST('${value.replaceAll("'", "''")}' AS DATE)`);
      case 'time':
        return raw(`CAST('${value.replaceAll("'", "''")}' AS TIME)`);
      default:
        return { literal: inner };
    }
  }

  /** `ANY_VALUE(x HAVING MAX y)` is the x of the greatest y. */
  function anyValue(inner: JsonObject, scope: Scope): Json {
    const having = inner['having_max'];
    if (!Array.isArray(having)) return { any_value: children(inner, scope) };
    const by = visit(having[0]!, scope);
    return call(having[1] === true ? 'arg_max' : 'arg_min', visit(inner['this']!, scope), by);
  }

  type Rewrite = (inner: JsonObject, scope: Scope) => Json;

  const REWRITES: Readonly<Record<string, Rewrite>> = {
    select,
    table: (inner, scope) => tableSource(inner, scope, new Set(scope.tables)),
    union: (inner, scope) => setOperation('union', inner, scope),
    intersect: (inner, scope) => setOperation('intersect', inner, scope),
    except: (inner, scope) => setOperation('except', inner, scope),
    column: (inner) => ({ column: quoteParts(inner) }),
    literal,
    cast: (inner, scope) => cast(inner, scope, false),
    safe_cast: (inner, scope) => cast(inner, scope, true),
    try_cast: (inner, scope) => cast(inner, scope, true),
    parse_json: (inner, scope) => call('bq_parse_json', visit(inner['this']!, scope)),
    div: (inner, scope) =>
      macro(
        'bq_divide',
        [inner['left'], inner['right']],
        [wide(visit(inner['left']!, scope)), wide(visit(inner['right']!, scope))],
      ),
    avg: (inner, scope) => average(inner, scope),
    window_function: (inner, scope) => {
      const over = (node: Json): Json => ({
        window_function: { ...children({ ...inner, this: null }, scope), this: node },
      });
      const averaged = payload(inner['this'], 'avg');
      return averaged ? average(averaged, scope, over) : { window_function: children(inner, scope) };
    },
    mul: arithmetic('mul'),
    add: arithmetic('add'),
    sub: arithmetic('sub'),
    mod_func: (inner, scope) =>
      macro(
        'bq_mod',
        [inner['this'], inner['expression']],
        [visit(inner['this']!, scope), visit(inner['expression']!, scope)],
      ),
    subscript,
    extract,
    paren: (inner, scope) => ({ paren: children(inner, scope) }),
    function: functionCall,
    method_call: (inner) => {
      const owner = identifierName(payload(inner['this'], 'column')?.['name']) ?? '';
      const method = identifierName(inner['method']) ?? '';
      throw notImplemented(`Function ${owner}.${method}`);
    },
    // `struct.*` of an expression; DuckDB expands a struct in the select list by UNNEST.
    dot: (inner, scope) =>
      identifierName(inner['field']) === '*'
        ? raw(`UNNEST(${context.generate(visit(inner['this']!, scope))})`)
        : { dot: children(inner, scope) },
    any_value: anyValue,
    array_agg: aggregateList,
    array_concat_agg: (inner, scope) =>
      raw(`flatten(${context.generate(aggregateList({ ...inner, ignore_nulls: true }, scope))})`),
    string_agg: stringAggregate,
    in: (inner, scope) => {
      if (!isObject(inner['unnest'])) return { in: children(inner, scope) };
      const found = call('bq_in_array', visit(inner['this']!, scope), visit(inner['unnest'], scope));
      return inner['not'] === true ? raw(`(NOT ${context.generate(found)})`) : found;
    },
    like: (inner, scope) =>
      inner['escape']
        ? { like: children(inner, scope) }
        : { like: { ...children(inner, scope), escape: null } },
    insert: (inner, scope) => {
      const { table: target, ...rest } = inner;
      const named = targetTable(target);
      return {
        insert: {
          ...children(rest, withCtes(inner['with'], scope)),
          table: { ...(named as JsonObject), alias: null },
        },
      };
    },
    update: (inner, scope) => {
      needsWhere('UPDATE', inner);
      const { table: target, from_clause: from, ...rest } = inner;
      const tables = new Set<string>();
      const items = isObject(from) && Array.isArray(from['expressions']) ? from['expressions'] : [];
      const sources = items.map((item) => source(item, scope, tables));
      const clause = isObject(from) ? { ...from, expressions: sources } : (from ?? null);
      return { update: { ...children(rest, scope), table: targetTable(target), from_clause: clause } };
    },
    delete: (inner, scope) => {
      needsWhere('DELETE', inner);
      const { table: target, ...rest } = inner;
      const named = targetTable(target) as JsonObject;
      return { delete: { ...children(rest, scope), table: { ...named, alias: null } } };
    },
    merge: (inner, scope) => {
      const { this: target, using, ...rest } = inner;
      return {
        merge: {
          ...children(rest, scope),
          this: { table: targetTable(target) },
          using: source(using!, scope, new Set()),
        },
      };
    },
  };

  function setOperation(kind: string, inner: JsonObject, scope: Scope): Json {
    return { [kind]: children(inner, withCtes(inner['with'], scope)) };
  }

  function needsWhere(statement: string, inner: JsonObject): void {
    if (!isObject(inner['where_clause'])) throw invalidQuery(`${statement} must have a WHERE clause`);
  }

  /** Names that are keywords in DuckDB only must be quoted; `DEFAULT` must not. */
  function quoteParts(inner: JsonObject): JsonObject {
    const quoteName = (part: Json | undefined): Json => {
      if (!isObject(part) || typeof part['name'] !== 'string') return part ?? null;
      const { span: _, ...rest } = part;
      return { ...rest, quoted: part['name'].toUpperCase() !== 'DEFAULT' && part['name'] !== '*' };
    };
    const { span: _, ...rest } = inner;
    return { ...rest, name: quoteName(inner['name']), table: quoteName(inner['table']) };
  }

  return (node) => visit(node, EMPTY);
}
