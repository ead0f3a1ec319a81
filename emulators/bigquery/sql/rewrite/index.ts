// Second half of the translation, on the tree: GoogleSQL constructs become what DuckDB understands.
// Table names are looked up through `resolveTable`; everything else is decided by syntax alone.
import { notImplemented } from '../../errors.ts';
import {
  call,
  column,
  identifier,
  identifierName,
  isIdentifier,
  isObject,
  leafText,
  payload,
  stringLiteral,
} from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import { aggregateList, anyValue, average, stringAggregate } from './aggregate.ts';
import { functionCall } from './call.ts';
import { cast } from './cast.ts';
import { deleteRows, insert, merge, update } from './dml.ts';
import { extract, literal } from './literal.ts';
import { macro } from './macro.ts';
import { like } from './like.ts';
import { arithmetic, binary, subscript, wide } from './operators.ts';
import type { RewriteContext, Rewriter, Scope } from './rewriter.ts';
import { select, setOperation } from './select.ts';
import { tableSource } from './sources.ts';
import { variadic } from './variadic.ts';

/** Stands for the beginning of the partition that the rows of a statement's tables are in. */
export const INGESTION_TIME = 'bq_ingestion_time';

type Rewrite = (r: Rewriter, inner: JsonObject, scope: Scope) => Json;

const EMPTY: Scope = { ctes: new Set(), tables: new Set() };

export function createRewriter(context: RewriteContext): (node: Json) => Json {
  let names = 0;
  let current = EMPTY;
  const r: Rewriter = {
    now: `TIMESTAMPTZ '${new Date(context.nowMs).toISOString()}'`,
    resolveTable: context.resolveTable,
    placeholder: context.placeholder,
    generate: context.generate,
    variables: context.variables,
    expandFunction: context.expandFunction,
    raw: (sql) => column(context.placeholder(sql), false),
    freshName: (prefix) => `${prefix}_${++names}`,
    correlated: (node) => isCorrelated(node, current),
    children,
    visit,
  };

  function visit(node: Json, scope: Scope): Json {
    if (Array.isArray(node)) return node.map((item) => visit(item, scope));
    if (!isObject(node)) return node;
    const keys = Object.keys(node);
    const rewrite = keys.length === 1 ? REWRITES[keys[0]!] : undefined;
    const inner = rewrite && payload(node, keys[0]!);
    if (!rewrite || !inner) return children(node, scope);
    const before = current;
    current = scope;
    try {
      return rewrite(r, inner, scope);
    } finally {
      current = before;
    }
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

  return (node) => visit(node, EMPTY);
}

const REWRITES: Readonly<Record<string, Rewrite>> = {
  select,
  table: (r, inner, scope) => tableSource(r, inner, scope, new Set(scope.tables)),
  union: (r, inner, scope) => setOperation(r, 'union', inner, scope),
  intersect: (r, inner, scope) => setOperation(r, 'intersect', inner, scope),
  except: (r, inner, scope) => setOperation(r, 'except', inner, scope),
  column: (r, inner) => variable(r, inner) ?? pseudoColumn(r, inner) ?? { column: quoteParts(inner) },
  literal,
  cast: (r, inner, scope) => cast(r, inner, scope, false),
  safe_cast: (r, inner, scope) => cast(r, inner, scope, true),
  try_cast: (r, inner, scope) => cast(r, inner, scope, true),
  parse_json: (r, inner, scope) => variadic(r, 'parse_json', [r.visit(inner['this']!, scope)], false),
  div: (r, inner, scope) =>
    macro(
      r,
      'bq_divide',
      [inner['left'], inner['right']],
      [wide(r.visit(inner['left']!, scope)), wide(r.visit(inner['right']!, scope))],
    ),
  avg: (r, inner, scope) => average(r, inner, scope),
  window_function: (r, inner, scope) => {
    const over = (node: Json): Json => ({
      window_function: { ...r.children({ ...inner, this: null }, scope), this: node },
    });
    const averaged = payload(inner['this'], 'avg');
    return averaged ? average(r, averaged, scope, over) : { window_function: r.children(inner, scope) };
  },
  mul: arithmetic('mul'),
  add: arithmetic('add'),
  sub: arithmetic('sub'),
  mod_func: (r, inner, scope) =>
    macro(
      r,
      'bq_mod',
      [inner['this'], inner['expression']],
      [r.visit(inner['this']!, scope), r.visit(inner['expression']!, scope)],
    ),
  interval: (r, inner, scope) =>
    isLiteral(inner['this'])
      ? { interval: r.children(inner, scope) }
      : {
          interval: {
            ...inner,
            this: column(r.placeholder(`(${r.generate(r.visit(inner['this']!, scope))})`), false),
          },
        },
  subscript,
  extract,
  paren: (r, inner, scope) => ({ paren: r.children(inner, scope) }),
  function: functionCall,
  method_call: (_, inner) => {
    const owner = identifierName(payload(inner['this'], 'column')?.['name']) ?? '';
    const method = identifierName(inner['method']) ?? '';
    throw notImplemented(`Function ${owner}.${method}`);
  },
  // `struct.*` of an expression; DuckDB expands a struct in the select list by UNNEST.
  dot: (r, inner, scope) =>
    identifierName(inner['field']) === '*'
      ? r.raw(`UNNEST(${r.generate(r.visit(inner['this']!, scope))})`)
      : { dot: r.children(inner, scope) },
  any_value: anyValue,
  array_agg: aggregateList,
  array_concat_agg: (r, inner, scope) =>
    r.raw(`flatten(${r.generate(aggregateList(r, { ...inner, ignore_nulls: true }, scope))})`),
  string_agg: stringAggregate,
  in: (r, inner, scope) => {
    const list = Array.isArray(inner['expressions']) ? inner['expressions'] : [];
    // DuckDB would look for the value inside of a single one.
    if (list.length === 1 && !isObject(inner['query'])) {
      const [value, only] = [inner['this']!, list[0]!].map((node) => r.generate(r.visit(node, scope)));
      return r.raw(`(${value} ${inner['not'] === true ? 'NOT ' : ''}IN (${only}))`);
    }
    if (!isObject(inner['unnest'])) return { in: r.children(inner, scope) };
    const found = call('bq_in_array', r.visit(inner['this']!, scope), r.visit(inner['unnest'], scope));
    return inner['not'] === true ? r.raw(`(NOT ${r.generate(found)})`) : found;
  },
  like,
  bitwise_xor: binary('bq_bit_xor_of'),
  bitwise_or: binary('bq_bit_or_of'),
  bitwise_and: binary('bq_bit_and_of'),
  bitwise_left_shift: binary('bq_shift_left'),
  bitwise_right_shift: binary('bq_shift_right'),
  bitwise_not: (r, inner, scope) => macro(r, 'bq_bit_not', [inner['this']], [r.visit(inner['this']!, scope)]),
  insert,
  update,
  delete: deleteRows,
  merge,
};

/** Columns that are not surely of the query itself count as those of the one around it. */
function isCorrelated(node: Json | undefined, scope: Scope): boolean {
  const { nested, own } = scope;
  if (!nested) return false;
  if (Array.isArray(node)) return node.some((item) => isCorrelated(item, scope));
  if (!isObject(node)) return false;
  const named = payload(node, 'column');
  if (named) {
    const owner = identifierName(named['table']) ?? identifierName(named['name']) ?? '';
    return nested === 'lateral' || !own?.has(owner.toLowerCase());
  }
  return isCorrelated(Object.values(node), scope);
}

const isLiteral = (node: Json | undefined) => payload(node, 'literal') !== undefined;

/** A variable of the script, or a field of one; columns do not hide variables here. */
function variable({ variables }: Rewriter, inner: JsonObject): Json | undefined {
  if (variables.size === 0) return undefined;
  const name = identifierName(inner['name']) ?? '';
  const owner = identifierName(inner['table']);
  const found = variables.get((owner ?? name).toLowerCase());
  if (found === undefined) return undefined;
  const value = call('getvariable', stringLiteral(found));
  return owner === undefined ? value : call('struct_extract', value, stringLiteral(name));
}

/** The time of ingestion is filled in when the tables of the statement are known. */
function pseudoColumn(r: Rewriter, inner: JsonObject): Json | undefined {
  const name = (identifierName(inner['name']) ?? '').toUpperCase();
  if (name === '_PARTITIONTIME') return r.raw(`TIMESTAMPTZ '${INGESTION_TIME}+00'`);
  if (name === '_PARTITIONDATE') return r.raw(`CAST(TIMESTAMP '${INGESTION_TIME}' AS DATE)`);
  return undefined;
}

/** Names that are keywords in DuckDB only must be quoted; `DEFAULT` must not. */
function quoteParts(inner: JsonObject): JsonObject {
  const quoteName = (part: Json | undefined): Json => {
    if (!isObject(part) || typeof part['name'] !== 'string') return part ?? null;
    const { span: _, ...rest } = part;
    return { ...rest, quoted: part['name'].toUpperCase() !== 'DEFAULT' && part['name'] !== '*' };
  };
  const { span: _, ...rest } = inner;
  return { ...rest, name: quoteName(inner['name']), table: quoteName(aliasOf(inner['table'])) };
}

/** A table that is named as FROM names it, as in `dataset.table`.column, has its last part as alias. */
function aliasOf(part: Json | undefined): Json | undefined {
  const name = identifierName(part);
  return name?.includes('.') && isObject(part) ? { ...part, name: name.split('.').at(-1)! } : part;
}
