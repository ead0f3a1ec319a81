// Column definitions: names, types, modes, defaults, options.
import { invalidQuery } from '../../errors.ts';
import { fieldType } from '../../schema.ts';
import type { Field } from '../../schema.ts';
import { isWord } from '../lex.ts';
import { stringOption } from './options.ts';
import { splitByComma } from './token-reader.ts';
import type { TokenReader } from './token-reader.ts';

/** `(a INT64, b STRING NOT NULL, …)` */
export function columns(reader: TokenReader): Field[] {
  const fields: Field[] = [];
  reader.needSymbol('(');
  while (!reader.take(')')) {
    if (constraint(reader)) continue;
    fields.push(column(reader));
    if (reader.next?.text !== ')' && !reader.take(',')) reader.fail('"," or ")"');
  }
  return fields;
}

/** Keys are never enforced; they are skipped. */
function constraint(reader: TokenReader): boolean {
  if (!isWord(reader.next, 'PRIMARY', 'FOREIGN', 'CONSTRAINT')) return false;
  reader.until(({ text }) => text === ',' || text === ')');
  reader.take(',');
  return true;
}

export function column(reader: TokenReader): Field {
  const name = reader.name();
  return attributes(reader, { ...columnType(reader), name });
}

function attributes(reader: TokenReader, field: Field): Field {
  let result: Field = field.mode ? field : { ...field, mode: 'NULLABLE' };
  for (;;) {
    if (reader.take('NOT', 'NULL')) result = { ...result, mode: 'REQUIRED' };
    else if (reader.take('PRIMARY', 'KEY')) reader.take('NOT', 'ENFORCED');
    else if (reader.take('DEFAULT')) {
      const defaultValueExpression = reader.until((token) => isWord(token, ',', ')', 'NOT', 'OPTIONS'));
      result = { ...result, defaultValueExpression };
    } else if (isWord(reader.next, 'OPTIONS')) {
      const { description } = reader.options();
      if (description !== undefined) result = { ...result, description: stringOption(description) };
    } else if (reader.take('COLLATE')) reader.skip();
    else return result;
  }
}

export function columnType(reader: TokenReader): Omit<Field, 'name'> & { readonly type: Field['type'] } {
  const word = reader.name().toUpperCase();
  if (word === 'ARRAY') {
    reader.needSymbol('<');
    const element = columnType(reader);
    attributes(reader, { ...element, name: '' });
    reader.needSymbol('>');
    return { ...element, mode: 'REPEATED' };
  }
  if (word === 'STRUCT') {
    reader.needSymbol('<');
    const fields: Field[] = [];
    do fields.push(column(reader));
    while (reader.take(','));
    reader.needSymbol('>');
    return { type: 'RECORD', fields };
  }
  let type: Field['type'];
  try {
    type = fieldType(word);
  } catch {
    throw invalidQuery(`Type not found: ${word} at ${reader.lastPosition}`);
  }
  if (reader.next?.text !== '(') return { type };
  const [first, second] = splitByComma(reader.bracketed()).map((part) => part[0]?.text);
  if (type === 'STRING' || type === 'BYTES') return { type, maxLength: first };
  return { type, precision: first, ...(second === undefined ? {} : { scale: second }) };
}
