// ALTER TABLE, VIEW and SCHEMA, action by action.
import { notImplemented } from '../../errors.ts';
import { column as columnDefinition, columnType } from './columns.ts';
import { isWord } from '../lex.ts';
import { constraint, startsConstraint } from './constraints.ts';
import type { TokenReader } from './token-reader.ts';
import type { Alter, AlterAction } from './types.ts';
import { whatNext } from './what.ts';

export function alter(reader: TokenReader): Alter {
  const what = whatNext(reader);
  if (what === 'FUNCTION' || what === 'PROCEDURE') throw notImplemented(`ALTER ${what}`);
  const ifExists = reader.take('IF', 'EXISTS');
  const path = reader.path();
  const actions: AlterAction[] = [];
  do actions.push(alterAction(reader));
  while (reader.take(','));
  if (reader.next) reader.fail('end of statement');
  return { kind: 'alter', what: what === 'MATERIALIZED VIEW' ? 'VIEW' : what, ifExists, path, actions };
}

function alterAction(reader: TokenReader): AlterAction {
  if (reader.take('ADD', 'COLUMN')) {
    const ifNotExists = reader.ifNotExists();
    return { kind: 'addColumn', ifNotExists, field: columnDefinition(reader) };
  }
  if (reader.take('DROP', 'COLUMN')) {
    const ifExists = reader.take('IF', 'EXISTS');
    return { kind: 'dropColumn', ifExists, column: reader.name() };
  }
  if (reader.take('RENAME', 'COLUMN')) {
    reader.take('IF', 'EXISTS');
    const column = reader.name();
    reader.need('TO');
    return { kind: 'renameColumn', column, to: reader.name() };
  }
  if (isWord(reader.next, 'ADD')) {
    reader.skip();
    if (!startsConstraint(reader)) reader.fail('COLUMN or a constraint');
    return { kind: 'addConstraints', constraints: constraint(reader) };
  }
  if (reader.take('DROP', 'PRIMARY', 'KEY'))
    return { kind: 'dropConstraint', name: undefined, ifExists: reader.take('IF', 'EXISTS') };
  if (reader.take('DROP', 'CONSTRAINT')) {
    const ifExists = reader.take('IF', 'EXISTS');
    return { kind: 'dropConstraint', name: reader.name(), ifExists };
  }
  if (reader.take('SET', 'DEFAULT', 'COLLATE')) return { kind: 'setCollation', collation: reader.string() };
  if (reader.take('RENAME', 'TO')) return { kind: 'rename', to: reader.name() };
  if (reader.take('SET')) {
    return { kind: 'setOptions', options: reader.options() };
  }
  if (reader.take('ALTER', 'COLUMN')) {
    reader.take('IF', 'EXISTS');
    const column = reader.name();
    if (reader.take('DROP', 'NOT', 'NULL')) return { kind: 'dropNotNull', column };
    if (reader.take('SET', 'DEFAULT'))
      return { kind: 'setDefault', column, expression: reader.until(({ text }) => text === ',') };
    if (reader.take('DROP', 'DEFAULT')) return { kind: 'setDefault', column, expression: undefined };
    if (reader.take('SET', 'DATA', 'TYPE'))
      return { kind: 'setType', column, field: { ...columnType(reader), name: column } };
    if (reader.take('SET')) {
      return { kind: 'columnOptions', column, options: reader.options() };
    }
  }
  throw notImplemented(`ALTER … ${reader.next?.text.toUpperCase() ?? ''}`);
}
