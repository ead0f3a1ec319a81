// Operators whose types or rules differ: division, integer literals, subscripts.
import { call, leafText, payload } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import { macro } from './macro.ts';
import type { Rewriter, Scope } from './rewriter.ts';

function isNumber(node: Json | undefined): boolean {
  return payload(node, 'literal')?.['literal_type'] === 'number';
}

/** Integer literals are INT64, where DuckDB takes 32 bits when they fit. */
export function wide(node: Json): Json {
  const inner = payload(node, 'literal');
  return inner?.['literal_type'] === 'number' && /^\d+$/.test(leafText(inner['value']))
    ? call('bq_int64', node)
    : node;
}

export function arithmetic(kind: string) {
  return (r: Rewriter, inner: JsonObject, scope: Scope): Json => {
    const left = r.visit(inner['left']!, scope);
    const right = r.visit(inner['right']!, scope);
    const literals = isNumber(inner['left']) && isNumber(inner['right']);
    if (kind === 'mul' || kind === 'sub')
      return macro(
        r,
        kind === 'mul' ? 'bq_multiply' : 'bq_subtract',
        [inner['left'], inner['right']],
        [wide(left), wide(right)],
      );
    return {
      [kind]: { ...inner, left: literals ? wide(left) : left, right: literals ? wide(right) : right },
    };
  };
}

/** An operator that a macro stands for. */
export function binary(name: string) {
  return (r: Rewriter, inner: JsonObject, scope: Scope): Json =>
    macro(
      r,
      name,
      [inner['left'], inner['right']],
      [wide(r.visit(inner['left']!, scope)), wide(r.visit(inner['right']!, scope))],
    );
}

export function subscript(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  const list = r.visit(inner['this']!, scope);
  const accessor = payload(inner['index'], 'function');
  const name = leafText(accessor?.['name']).toUpperCase();
  const args = Array.isArray(accessor?.['args']) ? accessor['args'] : [];
  if (accessor && /^(SAFE_)?(OFFSET|ORDINAL)$/.test(name))
    return macro(
      r,
      `bq_at_${name.toLowerCase()}`,
      [inner['this'], args[0]],
      [list, r.visit(args[0]!, scope)],
    );
  // DuckDB would take a list of literals for JSON.
  const subscripted = payload(inner['this'], 'array_func') ? 'bq_at_offset' : 'bq_subscript';
  return macro(
    r,
    subscripted,
    [inner['this'], inner['index']],
    [list, wide(r.visit(inner['index']!, scope))],
  );
}
