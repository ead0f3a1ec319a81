// CREATE SCHEMA, TABLE, VIEW and MATERIALIZED VIEW.
import { notImplemented } from '../../errors.ts';
import { isWord } from '../lex.ts';
import { createFunction, createProcedure } from './create-function.ts';
import { columns } from './columns.ts';
import { splitByComma } from './token-reader.ts';
import type { TokenReader } from './token-reader.ts';
import type { CreateTable, CreateView, Ddl, Options } from './types.ts';

export function create(reader: TokenReader): Ddl {
  const orReplace = reader.take('OR', 'REPLACE');
  const temporary = reader.take('TEMP') || reader.take('TEMPORARY');
  if (reader.take('SCHEMA')) {
    const ifNotExists = reader.ifNotExists();
    const path = reader.path();
    const collation = defaultCollation(reader);
    return { kind: 'createSchema', ifNotExists, path, collation, options: reader.options() };
  }
  if (reader.take('TABLE')) return createTable(reader, orReplace, temporary);
  if (reader.take('FUNCTION')) return createFunction(reader, orReplace, temporary);
  if (reader.take('PROCEDURE')) return createProcedure(reader, orReplace);
  const materialized = reader.take('MATERIALIZED');
  if (reader.take('VIEW')) return createView(reader, orReplace, materialized);
  throw notImplemented(`CREATE ${reader.next?.text.toUpperCase() ?? ''}`);
}

/** `DEFAULT COLLATE 'und:ci'` */
function defaultCollation(reader: TokenReader): string | undefined {
  if (!reader.take('DEFAULT')) return undefined;
  reader.need('COLLATE');
  return reader.string();
}

function createTable(reader: TokenReader, orReplace: boolean, temporary: boolean): CreateTable {
  if (isWord(reader.next, 'FUNCTION')) throw notImplemented('CREATE TABLE FUNCTION');
  const ifNotExists = reader.ifNotExists();
  const path = reader.path();
  let source: CreateTable['source'];
  for (const word of ['LIKE', 'COPY', 'CLONE'])
    if (reader.take(word)) source = { path: reader.path(), rows: word !== 'LIKE' };
  const listed = reader.next?.text === '(' ? columns(reader) : undefined;
  let collation: string | undefined;
  let partitionBy: string | undefined;
  let clusterBy: string[] = [];
  let options: Options = {};
  let query: string | undefined;
  while (reader.next) {
    if (reader.take('PARTITION', 'BY')) partitionBy = reader.expression('CLUSTER', 'OPTIONS', 'AS');
    else if (reader.take('CLUSTER', 'BY')) clusterBy = reader.names();
    else if (isWord(reader.next, 'OPTIONS')) options = reader.options();
    else if (reader.take('AS')) query = reader.rest();
    else if (isWord(reader.next, 'DEFAULT')) collation = defaultCollation(reader);
    else reader.fail('end of statement');
  }
  return {
    kind: 'createTable',
    orReplace,
    ifNotExists,
    temporary,
    path,
    fields: listed?.fields,
    constraints: listed?.constraints,
    collation,
    query,
    source,
    partitionBy,
    clusterBy,
    options,
  };
}

function createView(reader: TokenReader, orReplace: boolean, materialized: boolean): CreateView {
  const ifNotExists = reader.ifNotExists();
  const path = reader.path();
  const named =
    reader.next?.text === '(' ? splitByComma(reader.bracketed()).map((column) => column[0]!.value) : [];
  if (reader.take('PARTITION', 'BY')) reader.expression('CLUSTER', 'OPTIONS', 'AS');
  if (reader.take('CLUSTER', 'BY')) reader.names();
  const options = reader.options();
  reader.need('AS');
  return {
    kind: 'createView',
    materialized,
    orReplace,
    ifNotExists,
    path,
    columns: named,
    query: reader.rest(),
    options,
  };
}
