// CREATE, ALTER, DROP and TRUNCATE, parsed by hand: the parser proper knows little of BigQuery's DDL
// (OPTIONS, PARTITION BY, CLUSTER BY). Pure: text to a description of what is wanted.
import { alter } from './alter.ts';
import { create } from './create.ts';
import { TokenReader } from './token-reader.ts';
import type { Ddl, Drop } from './types.ts';
import { whatNext } from './what.ts';

/** Throws ApiError `invalidQuery` for a syntax error, `notImplemented` for a statement that is not DDL we know. */
export function parseDdl(sql: string): Ddl {
  const reader = new TokenReader(sql);
  if (reader.take('CREATE')) return create(reader);
  if (reader.take('DROP')) return drop(reader);
  if (reader.take('ALTER')) return alter(reader);
  reader.need('TRUNCATE');
  reader.need('TABLE');
  return { kind: 'truncate', path: reader.path() };
}

function drop(reader: TokenReader): Drop {
  const what = whatNext(reader);
  const ifExists = reader.take('IF', 'EXISTS');
  const path = reader.path();
  const cascade = reader.take('CASCADE');
  if (!cascade) reader.take('RESTRICT');
  return { kind: 'drop', what, ifExists, path, cascade };
}
