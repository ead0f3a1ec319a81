// What kind of statement a text is, by its first words.
import { invalidQuery } from '../errors.ts';
import { isWord, lex } from './lex.ts';
import type { Token } from './lex.ts';

export type StatementKind =
  'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE' | 'TRUNCATE_TABLE' | 'DDL' | 'OTHER';

export function statementKind(tokens: readonly Token[]): StatementKind {
  const first = tokens.find((token) => token.text !== '(');
  if (isWord(first, 'SELECT', 'WITH', 'FROM')) return 'SELECT';
  if (isWord(first, 'INSERT')) return 'INSERT';
  if (isWord(first, 'UPDATE')) return 'UPDATE';
  if (isWord(first, 'DELETE')) return 'DELETE';
  if (isWord(first, 'MERGE')) return 'MERGE';
  if (isWord(first, 'TRUNCATE')) return 'TRUNCATE_TABLE';
  if (isWord(first, 'CREATE', 'DROP', 'ALTER')) return 'DDL';
  if (!first) throw invalidQuery('Syntax error: Unexpected end of statement');
  return 'OTHER';
}

export const kindOf = (sql: string) => statementKind(lex(sql));
