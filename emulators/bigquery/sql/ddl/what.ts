// The kind of thing that DROP and ALTER name.
import { notImplemented } from '../../errors.ts';
import type { TokenReader } from './token-reader.ts';

export function whatNext(
  reader: TokenReader,
): 'TABLE' | 'VIEW' | 'SCHEMA' | 'MATERIALIZED VIEW' | 'FUNCTION' | 'PROCEDURE' {
  if (reader.take('MATERIALIZED', 'VIEW')) return 'MATERIALIZED VIEW';
  for (const what of ['TABLE', 'VIEW', 'SCHEMA', 'FUNCTION', 'PROCEDURE'] as const)
    if (reader.take(what)) return what;
  throw notImplemented(`${reader.first} ${reader.next?.text.toUpperCase() ?? ''}`);
}
