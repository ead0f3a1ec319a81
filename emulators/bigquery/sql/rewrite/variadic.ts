// Calls of the functions in TypeScript that take any arguments: they get types, values as JSON, and names.
import { quoteString } from '../../schema.ts';
import { identifierName, payload } from '../ast.ts';
import type { Json } from '../ast.ts';
import { VARIADIC_TYPES } from '../functions/variadic.ts';
import type { Rewriter } from './rewriter.ts';

/** `name` without its prefix; SAFE covers the function, not its arguments. */
export function variadic(r: Rewriter, name: string, args: readonly Json[], safe: boolean): Json {
  const given = args.map((arg) => {
    const named = payload(arg, 'named_argument');
    return {
      text: r.generate(named?.['value'] ?? arg),
      name: named ? (identifierName(named['name']) ?? '') : '',
    };
  });
  const values = given.map(({ text }, i) => (safe ? `struct_extract(bq_args, 'a${i}')` : text));
  const list = (items: readonly string[]) => `CAST([${items.join(', ')}] AS VARCHAR[])`;
  const call = `bq_js_${name}(${[
    list(values.map((value) => `typeof(${value})`)),
    list(values.map((value) => `to_json(${value})`)),
    list(given.map(({ name: argument }) => quoteString(argument))),
  ].join(', ')})`;
  const type = VARIADIC_TYPES[name]!;
  const result =
    type === 'VARCHAR' ? call : `CAST(${type.endsWith('[]') ? `CAST(${call} AS JSON)` : call} AS ${type})`;
  if (!safe) return r.raw(result);
  const fields = given.map(({ text }, i) => `'a${i}': ${text}`);
  return r.raw(`list_transform([{${fields.join(', ')}}], lambda bq_args: TRY(${result}))[1]`);
}
