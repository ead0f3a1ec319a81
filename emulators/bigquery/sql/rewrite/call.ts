// Function calls that are no macros, and those that need a look at their arguments.
import { invalidQuery } from '../../errors.ts';
import { aggregates } from '../aggregates.ts';
import { call, leafText, payload } from '../ast.ts';
import type { Json, JsonObject } from '../ast.ts';
import { macro } from './macro.ts';
import { struct } from './struct.ts';
import { VARIADIC_TYPES } from '../functions/variadic.ts';
import { variadic } from './variadic.ts';
import type { Rewriter, Scope } from './rewriter.ts';

export function functionCall(r: Rewriter, inner: JsonObject, scope: Scope): Json {
  const name = leafText(inner['name']);
  const upper = name.toUpperCase();
  if (upper.startsWith('BQ_UDF_'))
    return r.visit(r.expandFunction(name, Array.isArray(inner['args']) ? inner['args'] : []), scope);
  const args = Array.isArray(inner['args']) ? inner['args'].map((arg) => r.visit(arg, scope)) : [];
  const originals = Array.isArray(inner['args']) ? inner['args'] : [];
  const safe = upper.startsWith('SAFE.');
  const bare = (safe ? name.slice(5) : name).toLowerCase();
  if (bare.startsWith('bq_') && bare.slice(3) in VARIADIC_TYPES)
    return variadic(r, bare.slice(3), args, safe);
  if (safe) return macro(r, bare, originals, args, true);
  switch (upper) {
    case 'CURRENT_TIMESTAMP':
      return r.raw(r.now);
    case 'CURRENT_DATETIME':
      return r.raw(`CAST(${r.now} AT TIME ZONE ${args[0] ? r.generate(args[0]) : "'UTC'"} AS TIMESTAMP)`);
    case 'CURRENT_DATE':
      return r.raw(`CAST(${r.now} AT TIME ZONE ${args[0] ? r.generate(args[0]) : "'UTC'"} AS DATE)`);
    case 'CURRENT_TIME':
      return r.raw(`CAST(${r.now} AT TIME ZONE ${args[0] ? r.generate(args[0]) : "'UTC'"} AS TIME)`);
    case 'STRUCT':
      return struct(r, args, originals);
    case 'ARRAY':
      return r.raw(`COALESCE(${r.generate(call('ARRAY', ...args))}, [])`);
    case 'BQ_CONCAT': {
      const aggregating = originals.some(aggregates) ? { sum: {} } : null;
      return args.reduce((left, right) => macro(r, 'bq_concat', [aggregating, aggregating], [left, right]));
    }
    // NULL when any argument is.
    case 'GREATEST':
    case 'LEAST':
      return macro(
        r,
        `bq_${upper.toLowerCase()}_of`,
        [originals],
        [r.raw(`[${args.map(r.generate).join(', ')}]`)],
      );
    case 'BQ_ARRAY_CONCAT':
      return args.reduce((left, right) => call('list_concat', left, right));
    case 'COLLATE':
      return collate(r, args[0]!, originals[1]);
    case 'ANY_VALUE':
      return { function: { ...inner, name: 'any_value', args } };
    default:
      if (upper.startsWith('BQ_') && !inner['order_by']) return macro(r, name, originals, args);
      return { function: { ...r.children(inner, scope), args } };
  }
}

function collate(r: Rewriter, value: Json, collation: Json | undefined): Json {
  const name = leafText(payload(collation, 'literal')?.['value']);
  if (name === '') return value;
  if (name !== 'und:ci') throw invalidQuery(`Collation '${name}' in collate function is not supported.`);
  return r.raw(`(${r.generate(value)} COLLATE NOCASE)`);
}
