// Calls of the macros that stand for GoogleSQL's functions.
import { aggregates } from '../aggregates.ts';
import { call, isObject, payload } from '../ast.ts';
import { STRINGS } from '../macros/strings.ts';
import type { Json } from '../ast.ts';
import type { Rewriter } from './rewriter.ts';

/**
 * A call of a macro. DuckDB chooses among its overloads before it knows the type of an aggregate or of a
 * correlated column, so the arguments that hold one go through a lambda, which knows. SAFE covers the function, not its arguments.
 */
export function macro(
  r: Rewriter,
  name: string,
  originals: readonly (Json | undefined)[],
  given: readonly Json[],
  safe = false,
): Json {
  // DuckDB would take a bare NULL for BYTES where a function has both.
  const args =
    name in STRINGS
      ? given.map((arg, i) => (i === 0 || name === 'bq_concat' ? asString(r, arg) : arg))
      : given;
  const literal = (arg: Json) => payload(arg, 'literal') !== undefined;
  const holds =
    safe || args.some((arg, i) => !literal(arg) && (aggregates(originals[i]) || r.correlated(originals[i])));
  const held = args.map((arg) => holds && !literal(arg));
  if (!held.includes(true))
    return safe ? r.raw(`TRY(${r.generate(call(name, ...args))})`) : call(name, ...args);
  const texts = args.map((arg) => r.generate(arg));
  const fields = texts.flatMap((text, i) => (held[i] ? [`'a${i}': ${text}`] : []));
  const inner = texts.map((text, i) => (held[i] ? `struct_extract(bq_args, 'a${i}')` : text));
  const body = `${name}(${inner.join(', ')})`;
  return r.raw(
    `list_transform([{${fields.join(', ')}}], lambda bq_args: ${safe ? `TRY(${body})` : body})[1]`,
  );
}

const asString = (r: Rewriter, arg: Json): Json =>
  isObject(arg) && 'null' in arg ? r.raw('CAST(NULL AS VARCHAR)') : arg;
