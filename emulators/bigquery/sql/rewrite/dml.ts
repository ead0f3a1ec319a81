// INSERT, UPDATE, DELETE and MERGE. Their target is named by DuckDB's name; aliases of it are kept where allowed.
import { invalidQuery } from '../../errors.ts';
import { isObject } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import type { Rewriter, Scope } from './rewriter.ts';
import { source, targetTable, withCtes } from './sources.ts';

export function insert(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  const { table: target, ...rest } = inner;
  const named = targetTable(r, target);
  return {
    insert: {
      ...r.children(rest, withCtes(inner['with'], scope)),
      table: { ...(named as JsonObject), alias: null },
    },
  };
}

export function update(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  needsWhere('UPDATE', inner);
  const { table: target, from_clause: from, ...rest } = inner;
  const tables = new Set<string>();
  const items = isObject(from) && Array.isArray(from['expressions']) ? from['expressions'] : [];
  const sources = items.map((item) => source(r, item, scope, tables));
  const clause = isObject(from) ? { ...from, expressions: sources } : (from ?? null);
  return { update: { ...r.children(rest, scope), table: targetTable(r, target), from_clause: clause } };
}

export function deleteRows(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  needsWhere('DELETE', inner);
  const { table: target, ...rest } = inner;
  const named = targetTable(r, target) as JsonObject;
  return { delete: { ...r.children(rest, scope), table: { ...named, alias: null } } };
}

export function merge(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  const { this: target, using, ...rest } = inner;
  return {
    merge: {
      ...r.children(rest, scope),
      this: { table: targetTable(r, target) },
      using: source(r, using!, scope, new Set()),
    },
  };
}

function needsWhere(statement: string, inner: JsonObject): void {
  if (!isObject(inner['where_clause'])) throw invalidQuery(`${statement} must have a WHERE clause`);
}
