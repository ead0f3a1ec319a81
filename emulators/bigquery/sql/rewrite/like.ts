// LIKE, with its quantifiers. The backslash escapes, which DuckDB must be told.
import { isObject, leafText, payload } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import { macro } from './macro.ts';
import type { Rewriter, Scope } from './rewriter.ts';

export function like(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  const left = r.generate(r.visit(inner['left']!, scope));
  const one = (pattern: Json): string =>
    plain(pattern)
      ? `(${left} LIKE ${r.generate(pattern)})`
      : r.generate(
          macro(
            r,
            'bq_like',
            [inner['left'], pattern],
            [r.visit(inner['left']!, scope), r.visit(pattern, scope)],
          ),
        );
  const quantifier = leafText(inner['quantifier']).toUpperCase();
  const right = inner['right']!;
  if (quantifier === '') return r.raw(one(right));
  const patterns = payload(right, 'tuple')?.['expressions'] ?? payload(right, 'paren')?.['this'];
  const word = quantifier === 'ALL' ? ' AND ' : ' OR ';
  if (patterns !== undefined) {
    const list = Array.isArray(patterns) ? patterns : [patterns];
    if (!list.some((item) => isObject(item) && ('select' in item || 'union' in item)))
      return r.raw(`(${list.map(one).join(word)})`);
  }
  const called = payload(right, 'function') ?? payload(right, 'unnest');
  const args = called?.['args'];
  const array = Array.isArray(args) ? args[0]! : called?.['this'];
  const texts =
    array === undefined
      ? `array(SELECT * FROM (${r.generate(r.visit(patterns ?? right, scope))}))`
      : r.generate(r.visit(array, scope));
  const fold = quantifier === 'ALL' ? 'list_bool_and' : 'list_bool_or';
  return r.raw(`${fold}(list_transform(${texts}, lambda bq_pattern: bq_like(${left}, bq_pattern)))`);
}

/** Whether a pattern is a literal without a backslash; those with one were kept aside. */
function plain(pattern: Json): boolean {
  const literal = payload(pattern, 'literal');
  return literal !== undefined && !leafText(literal['value']).startsWith('bq$');
}
