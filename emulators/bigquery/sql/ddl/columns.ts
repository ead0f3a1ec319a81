// Column definitions: names, types, modes, defaults, options.
import { invalidQuery } from '../../errors.ts';
import { fieldType } from '../../schema.ts';
import type { Field } from '../../schema.ts';
import { isWord } from '../lex.ts';
import type { Metadata } from '../../catalog.ts';
import { constraint, mergeConstraints, startsConstraint } from './constraints.ts';
import { stringOption } from './options.ts';
import { splitByComma } from './token-reader.ts';
import type { TokenReader } from './token-reader.ts';

/** `(a INT64, b STRING NOT NULL, …, PRIMARY KEY (a) NOT ENFORCED)` */
export function columns(reader: TokenReader): {
  readonly fields: Field[];
  readonly constraints: Metadata | undefined;
} {
  const fields: Field[] = [];
  const constraints: Metadata[] = [];
  reader.needSymbol('(');
  while (!reader.take(')')) {
    if (startsConstraint(reader)) constraints.push(constraint(reader));
    else {
      const { field, key } = columnWithKey(reader);
      fields.push(field);
      if (key) constraints.push(key);
    }
    if (reader.next?.text !== ')' && !reader.take(',')) reader.fail('"," or ")"');
  }
  return { fields, constraints: mergeConstraints(constraints) };
}

export const column = (reader: TokenReader): Field => columnWithKey(reader).field;

/** A column, and the key that its definition makes of it. */
function columnWithKey(reader: TokenReader): { readonly field: Field; readonly key: Metadata | undefined } {
  const name = reader.name();
  const keys: Metadata[] = [];
  const field = attributes(reader, { ...columnType(reader), name }, keys);
  return { field, key: keys[0] };
}

function attributes(reader: TokenReader, field: Field, keys: Metadata[]): Field {
  let result: Field = field.mode ? field : { ...field, mode: 'NULLABLE' };
  for (;;) {
    if (reader.take('NOT', 'NULL')) result = { ...result, mode: 'REQUIRED' };
    else if (reader.take('PRIMARY', 'KEY')) {
      reader.take('NOT', 'ENFORCED');
      keys.push({ primaryKey: { columns: [field.name] } });
    } else if (isWord(reader.next, 'REFERENCES') || isWord(reader.next, 'CONSTRAINT'))
      keys.push(constraint(reader, field.name));
    else if (reader.take('DEFAULT')) {
      const defaultValueExpression = reader.until((token) =>
        isWord(token, ',', ')', 'NOT', 'OPTIONS', 'PRIMARY'),
      );
      result = { ...result, defaultValueExpression };
    } else if (isWord(reader.next, 'OPTIONS')) {
      const { description } = reader.options();
      if (description !== undefined) result = { ...result, description: stringOption(description) };
    } else if (reader.take('COLLATE')) result = { ...result, collation: reader.string() };
    else return result;
  }
}

export function columnType(reader: TokenReader): Omit<Field, 'name'> & { readonly type: Field['type'] } {
  const word = reader.name().toUpperCase();
  if (word === 'ARRAY') {
    reader.needSymbol('<');
    const element = columnType(reader);
    attributes(reader, { ...element, name: '' }, []);
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
