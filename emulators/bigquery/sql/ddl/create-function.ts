// CREATE FUNCTION with a body in SQL; other languages do not run here.
import type { RoutineParameter } from '../../catalog.ts';
import { notImplemented } from '../../errors.ts';
import { isWord } from '../lex.ts';
import type { TokenReader } from './token-reader.ts';
import type { CreateFunction } from './types.ts';

export function createFunction(reader: TokenReader, orReplace: boolean, temporary: boolean): CreateFunction {
  const ifNotExists = reader.ifNotExists();
  const path = reader.path();
  const parameters: { name: string; type: string }[] = [];
  reader.needSymbol('(');
  while (!reader.take(')')) {
    parameters.push({ name: reader.name(), type: typeText(reader) });
    if (reader.next?.text !== ')') reader.needSymbol(',');
  }
  const returns = reader.take('RETURNS')
    ? reader.until((token) => isWord(token, 'AS', 'LANGUAGE', 'OPTIONS', 'DETERMINISTIC', 'NOT'))
    : undefined;
  if (isWord(reader.next, 'LANGUAGE', 'DETERMINISTIC', 'NOT'))
    throw notImplemented('CREATE FUNCTION in another language than SQL');
  reader.options();
  reader.need('AS');
  const body = reader.textOf(reader.bracketed());
  reader.options();
  if (reader.next) reader.fail('end of statement');
  return {
    kind: 'createFunction',
    routine: 'FUNCTION',
    orReplace,
    ifNotExists,
    temporary,
    path,
    parameters,
    returns,
    body,
  };
}

/** A procedure's body is a script, kept as text. */
export function createProcedure(reader: TokenReader, orReplace: boolean): CreateFunction {
  const ifNotExists = reader.ifNotExists();
  const path = reader.path();
  const parameters: RoutineParameter[] = [];
  reader.needSymbol('(');
  while (!reader.take(')')) {
    const mode = (['INOUT', 'OUT', 'IN'] as const).find((word) => reader.take(word)) ?? 'IN';
    parameters.push({ name: reader.name(), type: typeText(reader), mode });
    if (reader.next?.text !== ')') reader.needSymbol(',');
  }
  reader.options();
  if (!isWord(reader.next, 'BEGIN')) throw notImplemented('CREATE PROCEDURE in another language than SQL');
  return {
    kind: 'createFunction',
    routine: 'PROCEDURE',
    orReplace,
    ifNotExists,
    temporary: false,
    path,
    parameters,
    returns: undefined,
    body: reader.rest(),
  };
}

/** Up to the comma or bracket outside of `<…>`. */
function typeText(reader: TokenReader): string {
  let depth = 0;
  return reader.until(({ text }) => {
    if (text === '<') depth++;
    if (text === '>') depth--;
    return depth === 0 && (text === ',' || text === ')');
  });
}
