// STRUCT constructors.
import { identifierName, payload } from '../ast.ts';
import type { Json } from '../ast.ts';
import type { Rewriter, Scope } from './rewriter.ts';

/** A field without a name takes that of its column; one without any name at all is a row, matched by position. */
export function struct(r: Rewriter, args: readonly Json[], originals: readonly Json[]): Json {
  const names = originals.map(
    (original) =>
      identifierName(payload(original, 'alias')?.['alias']) ??
      identifierName(payload(original, 'column')?.['name']) ??
      identifierName(payload(original, 'dot')?.['field']),
  );
  const values = args.map((arg) => r.generate(payload(arg, 'alias')?.['this'] ?? arg));
  if (names.every((name) => name === undefined)) return r.raw(`row(${values.join(', ')})`);
  const fields = values.map(
    (value, i) => `'${(names[i] ?? `_field_${i + 1}`).replaceAll("'", "''")}': ${value}`,
  );
  return r.raw(`{${fields.join(', ')}}`);
}

/** The values of `STRUCT<…>(…)`, which get their names from the type. */
export function rowOf(r: Rewriter, fields: readonly Json[], scope: Scope): Json {
  const values = fields.map((field) =>
    Array.isArray(field) ? r.visit(field[1]!, scope) : r.visit(field, scope),
  );
  return r.raw(`row(${values.map((value) => r.generate(value)).join(', ')})`);
}
