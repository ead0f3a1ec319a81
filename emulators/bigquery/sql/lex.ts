// GoogleSQL tokens with their positions: enough to split scripts, find calls, literals and parameters.
// It knows no grammar; the parser proper is in `translate.ts`.
import { invalidQuery } from '../errors.ts';

export type TokenKind = 'word' | 'quoted' | 'string' | 'bytes' | 'number' | 'parameter' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** The decoded value of a string or bytes literal, the bare name of a quoted identifier or parameter. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const PARAMETER = /@@[A-Za-z_][A-Za-z0-9_.]*|@[A-Za-z_][A-Za-z0-9_]*|@`[^`]*`|\?/y;
const STRING_START = /(?:[rR][bB]?|[bB][rR]?)?("""|'''|"|')/y;
const SPACE = /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const SYMBOL = /<=|>=|<>|!=|\|\||=>|[\s\S]/y;

function match(pattern: RegExp, sql: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(sql);
}

/** `[line:column]`, both from 1, as BigQuery ends its messages. */
export function position(sql: string, at: number): string {
  const before = sql.slice(0, at).split('\n');
  return `[${before.length}:${before.at(-1)!.length + 1}]`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescape(body: string): string {
  return body.replace(
    /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/g,
    (_, x?: string, bigX?: string, u?: string, bigU?: string, octal?: string, char?: string) => {
      const hex = x ?? bigX ?? u ?? bigU;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return ESCAPES[char!] ?? char!;
    },
  );
}

function lexString(sql: string, start: number, opening: RegExpExecArray): Token {
  const quote = opening[1]!;
  const prefix = opening[0].slice(0, -quote.length).toLowerCase();
  let at = start + opening[0].length;
  while (!sql.startsWith(quote, at)) {
    if (at >= sql.length || (quote.length === 1 && sql[at] === '\n'))
      throw invalidQuery(`Syntax error: Unclosed string literal at ${position(sql, start)}`);
    at += sql[at] === '\\' ? 2 : 1;
  }
  const written = sql.slice(start + opening[0].length, at);
  // Bytes are one character each; what is not ASCII is written in UTF-8.
  const body = prefix.includes('b') ? Buffer.from(written, 'utf8').toString('latin1') : written;
  const end = at + quote.length;
  return {
    kind: prefix.includes('b') ? 'bytes' : 'string',
    text: sql.slice(start, end),
    value: prefix.includes('r') ? body : unescape(body),
    start,
    end,
  };
}

/** Throws ApiError `invalidQuery` for an unclosed literal. Comments and white space are left out. */
export function lex(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const space = match(SPACE, sql, at);
    if (space) {
      at += space[0].length;
      continue;
    }
    const opening = match(STRING_START, sql, at);
    if (opening) {
      const token = lexString(sql, at, opening);
      tokens.push(token);
      at = token.end;
      continue;
    }
    if (sql[at] === '`') {
      const close = sql.indexOf('`', at + 1);
      if (close < 0) throw invalidQuery(`Syntax error: Unclosed identifier literal at ${position(sql, at)}`);
      tokens.push({
        kind: 'quoted',
        text: sql.slice(at, close + 1),
        value: sql.slice(at + 1, close),
        start: at,
        end: close + 1,
      });
      at = close + 1;
      continue;
    }
    const [kind, found] = nextPlain(sql, at);
    const value = kind === 'parameter' ? found.replace(/^@@?|`/g, '') : found;
    tokens.push({ kind, text: found, value, start: at, end: at + found.length });
    at += found.length;
  }
  return tokens;
}

function nextPlain(sql: string, at: number): [TokenKind, string] {
  const word = match(WORD, sql, at);
  if (word) return ['word', word[0]];
  const number = match(NUMBER, sql, at);
  if (number) return ['number', number[0]];
  const parameter = match(PARAMETER, sql, at);
  if (parameter) return ['parameter', parameter[0]];
  return ['symbol', match(SYMBOL, sql, at)![0]];
}

/** Whether a token is one of these keywords (or symbols), whatever its case. */
export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return (
    token !== undefined &&
    (token.kind === 'word' || token.kind === 'symbol') &&
    words.includes(token.text.toUpperCase())
  );
}

/** The index of the bracket that closes the one at `open`, or the end. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!;
    if (kind !== 'symbol') continue;
    if (text === '(' || text === '[') depth++;
    if (text === ')' || text === ']') depth--;
    if (depth === 0) return i;
  }
  return tokens.length;
}

/** The statements of a script, without their semicolons; BEGIN…END blocks are not looked into. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  for (const token of lex(sql)) {
    if (token.kind !== 'symbol' || token.text !== ';') continue;
    statements.push(sql.slice(start, token.start));
    start = token.end;
  }
  statements.push(sql.slice(start));
  return statements.filter((statement) => lex(statement).length > 0);
}
