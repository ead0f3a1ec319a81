// CREATE FUNCTION with a body in SQL; other languages do not run here.
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
  return { kind: 'createFunction', orReplace, ifNotExists, temporary, path, parameters, returns, body };
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
