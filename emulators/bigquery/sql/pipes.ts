// Pipe syntax, `FROM t |> WHERE … |> SELECT …`, as nested queries of the usual form. Works on tokens: each
// operator takes the query before it. Operators that are not known here are refused by name.
import { notImplemented } from '../errors.ts';
import { closing, isWord, lex } from './lex.ts';
import type { Token } from './lex.ts';

/** A query in the making: what stands after FROM, and the conditions on it. */
interface Query {
  readonly from: string;
  readonly where: readonly string[];
}

export function expandPipes(sql: string): string {
  return sql.includes('|>') ? convert(sql) : sql;
}

function convert(sql: string): string {
  const text = convertBrackets(sql);
  const parts = splitPipes(text);
  if (parts.length === 1) return text;
  const [first, ...operators] = parts;
  return written(operators.reduce(apply, start(first!)));
}

/** Pipes inside of brackets come first. */
function convertBrackets(sql: string): string {
  const tokens = lex(sql);
  let result = '';
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]!.text !== '(') continue;
    const end = closing(tokens, i);
    const close = tokens[end];
    if (!close) break;
    const inner = sql.slice(tokens[i]!.end, close.start);
    if (inner.includes('|>')) {
      result += sql.slice(at, tokens[i]!.end) + convert(inner);
      at = close.start;
    }
    i = end;
  }
  return result + sql.slice(at);
}

const isPipe = (token: Token, next: Token | undefined) =>
  token.text === '|' && next?.text === '>' && next.start === token.end;

function splitPipes(sql: string): string[] {
  const tokens = lex(sql);
  const parts: string[] = [];
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]!.text === '(') i = closing(tokens, i);
    else if (isPipe(tokens[i]!, tokens[i + 1])) {
      parts.push(sql.slice(at, tokens[i]!.start));
      at = tokens[i + 1]!.end;
    }
  }
  return [...parts, sql.slice(at)].map((part) => part.trim());
}

function start(first: string): Query {
  const [head] = lex(first);
  return { from: isWord(head, 'FROM') ? first.slice(head!.end) : `(${first})`, where: [] };
}

const conditions = ({ where }: Query) =>
  where.length > 0 ? ` WHERE ${where.map((condition) => `(${condition})`).join(' AND ')}` : '';
const selected = (query: Query, list: string, rest = '') =>
  `SELECT ${list} FROM ${query.from}${conditions(query)}${rest}`;
const written = (query: Query): string =>
  query.where.length === 0 && /^\(.*\)$/s.test(query.from) && closesAtEnd(query.from)
    ? query.from.slice(1, -1)
    : selected(query, '*');
/** Whether the first bracket is closed by the last. */
const closesAtEnd = (text: string) => {
  const tokens = lex(text);
  return closing(tokens, 0) === tokens.length - 1;
};
const over = (sql: string): Query => ({ from: `(${sql})`, where: [] });

function apply(query: Query, operator: string): Query {
  const tokens = lex(operator);
  const rest = (words: number) => operator.slice(tokens[words - 1]!.end).trim();
  const word = (tokens[0]?.text ?? '').toUpperCase();
  switch (word) {
    case 'WHERE':
      return { ...query, where: [...query.where, rest(1)] };
    case 'SELECT':
      return over(selected(query, rest(1)));
    case 'EXTEND':
      return over(selected(query, `*, ${rest(1)}`));
    case 'SET':
      return over(selected(query, `* REPLACE (${assignments(operator, tokens).join(', ')})`));
    case 'DROP':
      return over(selected(query, `* EXCEPT (${rest(1)})`));
    case 'DISTINCT':
      return over(selected(query, 'DISTINCT *'));
    case 'AGGREGATE':
      return over(aggregated(query, operator, tokens));
    case 'ORDER':
      return over(selected(query, '*', ` ${operator}`));
    case 'LIMIT':
      // LIMIT belongs to the ORDER BY before it.
      return over(
        /\bORDER\s+BY\b[^()]*\)$/i.test(query.from) && query.where.length === 0
          ? `${query.from.slice(1, -1)} ${operator}`
          : selected(query, '*', ` ${operator}`),
      );
    case 'AS':
      return { from: `(${written(query)}) AS ${rest(1)}`, where: [] };
    case 'UNION':
    case 'INTERSECT':
    case 'EXCEPT':
      return over(`(${written(query)}) ${operator}`);
    case 'JOIN':
    case 'INNER':
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
    case 'CROSS':
    case 'PIVOT':
    case 'UNPIVOT':
    case 'TABLESAMPLE':
      return {
        from: `${query.where.length > 0 ? `(${written(query)})` : query.from} ${operator}`,
        where: [],
      };
    default:
      throw notImplemented(`The pipe operator ${word}`);
  }
}

/** `a = x, b = y` as `x AS a, y AS b`. */
function assignments(operator: string, tokens: readonly Token[]): string[] {
  const items = splitList(operator, tokens.slice(1));
  return items.map((item) => {
    const [name, equals] = lex(item);
    return `${item.slice(equals!.end)} AS ${name!.text}`;
  });
}

/** Groups come first, by their positions. */
function aggregated(query: Query, operator: string, tokens: readonly Token[]): string {
  const groupAt = topLevel(tokens, 'GROUP');
  const end = groupAt < 0 ? operator.length : tokens[groupAt]!.start;
  const aggregates = operator.slice(tokens[0]!.end, end).trim();
  if (groupAt < 0) return selected(query, aggregates);
  const ordered = isWord(tokens[groupAt + 1], 'AND');
  const keys = splitList(operator, tokens.slice(groupAt + (ordered ? 4 : 2)));
  const direction = /\s+(ASC|DESC)(\s+NULLS\s+(FIRST|LAST))?$/i;
  const positions = keys.map((_, i) => i + 1);
  const orders = keys.map((key, i) => `${i + 1}${direction.exec(key)?.[0] ?? ''}`);
  const sorted = ordered || keys.some((key) => direction.test(key)) ? ` ORDER BY ${orders.join(', ')}` : '';
  const list = [...keys.map((key) => key.replace(direction, '')), ...(aggregates === '' ? [] : [aggregates])];
  return selected(query, list.join(', '), ` GROUP BY ${positions.join(', ')}${sorted}`);
}

function topLevel(tokens: readonly Token[], word: string): number {
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]!.text === '(' || tokens[i]!.text === '[') i = closing(tokens, i);
    else if (isWord(tokens[i], word)) return i;
  }
  return -1;
}

function splitList(sql: string, tokens: readonly Token[]): string[] {
  const items: string[] = [];
  let from = 0;
  for (let i = 0; i <= tokens.length; i++) {
    const token = tokens[i];
    if (token && (token.text === '(' || token.text === '[')) i = closing(tokens, i);
    else if ((!token || token.text === ',') && tokens[from]) {
      items.push(sql.slice(tokens[from]!.start, tokens[i - 1]!.end));
      from = i + 1;
    }
  }
  return items;
}
