// Second half of the translation, on the tree: GoogleSQL constructs become what DuckDB understands.
// Table names are looked up through `resolveTable`; everything else is decided by syntax alone.
import { invalidQuery, notImplemented } from '../errors.ts';
import { quoteIdentifier } from '../schema.ts';
import {
  alias,
  call,
  column,
  identifierName,
  isObject,
  numberLiteral,
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
  const kind = String(type['data_type']);
  if (kind === 'array') return `${typeName(type['element_type'])}[]`;
  if (kind === 'struct') {
    const fields = (Array.isArray(type['fields']) ? type['fields'] : []).filter(isObject);
    const inner = fields.map((f, i) => {
      const name = String(f['name'] ?? '') || `_field_${i + 1}`;
      return `${quoteIdentifier(name)} ${typeName(f['data_type'])}`;
    });
    return `STRUCT(${inner.join(', ')})`;
  }
  const name = (kind === 'custom' ? String(type['name']) : kind).toUpperCase().replace(/_/g, '');
  const duck = TYPES[name.replace(/\(.*$/, '')];
  if (!duck) throw invalidQuery(`Type not found: ${name}`);
  return duck;
}

export function createRewriter(context: RewriteContext): (node: Json) => Json {
  const raw = (sql: string) => column(context.placeholder(sql), false);

  function visit(node: Json, scope: Scope): Json {
    if (Array.isArray(node)) return node.map((item) => visit(item, scope));
    if (!isObject(node)) return node;
    const keys = Object.keys(node);
    const rewrite = keys.length === 1 ? REWRITES[keys[0]!] : undefined;
    const inner = rewrite && payload(node, keys[0]!);
    if (rewrite && inner) return rewrite(inner, scope, node);
    return children(node, scope);
  }

  function children(node: JsonObject, scope: Scope): JsonObject {
    const result: JsonObject = {};
    for (const [key, value] of Object.entries(node))
      result[key] = key === 'span' ? null : visit(value, scope);
    delete result['span'];
    return result;
  }

  function select(inner: JsonObject, outer: Scope, node: JsonObject): Json {
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
    void node;
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
    const named = payload(item, 'table');
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
    if (String(payload(first, 'function')?.['name']).toUpperCase() === 'STRUCT') return true;
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
      if (kind === 'column') {
        const name = identifierName(payload(original, 'column')?.['name']);
        return name !== undefined && name !== '*' && !payload(expression, 'column')
          ? alias(expression, name)
          : expression;
      }
      if (kind === 'alias' || kind === 'star' || kind === 'braced_wildcard') return expression;
      if (kind === 'dot') {
        const name = identifierName(payload(original, 'dot')?.['field']);
        return name === undefined ? expression : alias(expression, name);
      }
      return alias(expression, `f${anonymous++}_`);
    });
  }

  function isNumber(node: Json | undefined): boolean {
    return payload(node, 'literal')?.['literal_type'] === 'number';
  }

  /** Integer literals are INT64, where DuckDB takes 32 bits when they fit. */
  function wide(node: Json): Json {
    const literal = payload(node, 'literal');
    return literal?.['literal_type'] === 'number' && /^\d+$/.test(String(literal['value']))
      ? call('bq_int64', node)
      : node;
  }

  function arithmetic(kind: string) {
    return (inner: JsonObject, scope: Scope): Json => {
      const left = visit(inner['left']!, scope);
      const right = visit(inner['right']!, scope);
      const literals = isNumber(inner['left']) && isNumber(inner['right']);
      if (kind === 'mul') return call('bq_multiply', wide(left), wide(right));
      return {
        [kind]: { ...inner, left: literals ? wide(left) : left, right: literals ? wide(right) : right },
      };
    };
  }

  function cast(inner: JsonObject, scope: Scope, safe: boolean): Json {
    const value = context.generate(visit(inner['this']!, scope));
    const type = typeName(inner['to']);
    const to = isObject(inner['to']) ? inner['to'] : {};
    const convert = safe ? 'TRY_CAST' : 'CAST';
    if (isObject(inner['format'])) throw notImplemented('CAST with FORMAT');
    const structs = payload(inner['this'], 'function');
    if (type.startsWith('STRUCT') && structs) return raw(`CAST(${value} AS ${type})`);
    if (['VARCHAR', 'BLOB', 'BIGINT', 'DECIMAL(38,9)'].includes(type) && to['precision'] === undefined) {
      const name = { VARCHAR: 'string', BLOB: 'bytes', BIGINT: 'int64', 'DECIMAL(38,9)': 'numeric' }[type]!;
      return raw(safe ? `TRY(bq_to_${name}(${value}))` : `bq_to_${name}(${value})`);
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
    const name = String(accessor?.['name'] ?? '').toUpperCase();
    const args = Array.isArray(accessor?.['args']) ? accessor['args'] : [];
    if (accessor && /^(SAFE_)?(OFFSET|ORDINAL)$/.test(name))
      return call(`bq_at_${name.toLowerCase()}`, list, visit(args[0]!, scope));
    return call('bq_subscript', list, visit(inner['index']!, scope));
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

  function aggregateList(inner: JsonObject, scope: Scope): Json {
    const { limit, ignore_nulls: ignoreNulls, ...rest } = inner;
    const node: JsonObject = { array_agg: { ...children(rest, scope), limit: null, ignore_nulls: null } };
    const value = context.generate(visit(inner['this']!, scope));
    let sql = context.generate(node);
    if (ignoreNulls === true) sql += ` FILTER (WHERE ${value} IS NOT NULL)`;
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
    const name = String(inner['name']);
    const upper = name.toUpperCase();
    const args = Array.isArray(inner['args']) ? inner['args'].map((arg) => visit(arg, scope)) : [];
    if (upper.startsWith('SAFE.')) {
      const bare = name.slice(5);
      return raw(`TRY(${context.generate(call(bare, ...args))})`);
    }
    switch (upper) {
      case 'CONCAT':
        return args.length === 0
          ? stringLiteral('')
          : args.slice(1).reduce((left, right) => call('bq_concat', left, right), args[0]!);
      case 'CURRENT_TIMESTAMP':
        return raw('now()');
      case 'CURRENT_DATETIME':
        return raw(`CAST(now() AT TIME ZONE ${args[0] ? context.generate(args[0]) : "'UTC'"} AS TIMESTAMP)`);
      case 'CURRENT_DATE':
        return raw(`CAST(now() AT TIME ZONE ${args[0] ? context.generate(args[0]) : "'UTC'"} AS DATE)`);
      case 'CURRENT_TIME':
        return raw(`CAST(now() AT TIME ZONE ${args[0] ? context.generate(args[0]) : "'UTC'"} AS TIME)`);
      case 'STRUCT':
        return call('STRUCT', ...nameStructFields(args, inner['args']));
      case 'ARRAY':
        return raw(`COALESCE(${context.generate(call('ARRAY', ...args))}, [])`);
      case 'ANY_VALUE':
        return { function: { ...inner, name: 'any_value', args } };
      default:
        return { function: { ...inner, args } };
    }
  }

  /** A field without a name takes that of its column. */
  function nameStructFields(args: Json[], originals: Json | undefined): Json[] {
    return args.map((arg, i) => {
      const original = Array.isArray(originals) ? originals[i] : undefined;
      const name =
        identifierName(payload(original, 'column')?.['name']) ??
        identifierName(payload(original, 'dot')?.['field']);
      if (payload(arg, 'alias')) return arg;
      return alias(arg, name ?? `_field_${i + 1}`);
    });
  }

  function extract(inner: JsonObject, scope: Scope): Json {
    const zoned = payload(inner['this'], 'at_time_zone');
    const field = isObject(inner['field'])
      ? String(Object.values(inner['field'])[0])
      : String(inner['field']);
    const value = visit((zoned?.['this'] ?? inner['this'])!, scope);
    const zone = zoned ? visit(zoned['zone']!, scope) : stringLiteral('UTC');
    return call('bq_date_field', stringLiteral(field.toUpperCase()), value, zone);
  }

  function literal(inner: JsonObject): Json {
    const value = String(inner['value']);
    switch (inner['literal_type']) {
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

  type Rewrite = (inner: JsonObject, scope: Scope, node: JsonObject) => Json;

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
      call('bq_divide', wide(visit(inner['left']!, scope)), wide(visit(inner['right']!, scope))),
    mul: arithmetic('mul'),
    add: arithmetic('add'),
    sub: arithmetic('sub'),
    mod_func: (inner, scope) =>
      call('bq_mod', visit(inner['this']!, scope), visit(inner['expression']!, scope)),
    subscript,
    extract,
    function: functionCall,
    method_call: (inner) => {
      const owner = identifierName(payload(inner['this'], 'column')?.['name']) ?? '';
      const method = identifierName(inner['method']) ?? '';
      throw notImplemented(`Function ${owner}.${method}`);
    },
    array_agg: aggregateList,
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
      const { table: target, from_clause: from, ...rest } = inner;
      const tables = new Set<string>();
      const items = isObject(from) && Array.isArray(from['expressions']) ? from['expressions'] : [];
      const sources = items.map((item) => source(item, scope, tables));
      const clause = isObject(from) ? { ...from, expressions: sources } : (from ?? null);
      return { update: { ...children(rest, scope), table: targetTable(target), from_clause: clause } };
    },
    delete: (inner, scope) => {
      const { table: target, ...rest } = inner;
      return { delete: { ...children(rest, scope), table: targetTable(target) } };
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

  void numberLiteral;
  return (node) => visit(node, EMPTY);
}
