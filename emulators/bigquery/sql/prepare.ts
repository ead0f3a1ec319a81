// First half of the translation, on tokens: what the parser would not understand or would change on its
// own is replaced before it looks. Literals are kept aside, BigQuery's functions get the names of our
// macros, date parts become strings, parameters become literals.
import { quoteString } from '../schema.ts';
import { invalidQuery } from '../errors.ts';
import { closing, isWord, lex, position } from './lex.ts';
import type { Token } from './lex.ts';
import { parseInterval } from './functions/intervals.ts';
import { VARIADIC_TYPES } from './functions/variadic.ts';
import { MACRO_NAMES } from './macros/index.ts';

export interface Prepared {
  readonly sql: string;
  /** DuckDB literals that stand in for `'bq$0'`, `'bq$1'`, … in the text. */
  readonly literals: string[];
}

export interface PrepareOptions {
  /** Gives the GoogleSQL literal for a parameter. */
  readonly bind?: BindParameter | undefined;
  /** Where literals are kept aside; shared by texts that become one statement. */
  readonly literals?: string[];
  readonly system?: ReadonlyMap<string, string> | undefined;
  /** The name under which a function of the user's is known further on. */
  readonly functionName?: (path: readonly string[]) => string | undefined;
}

/** Functions with the same meaning under another name, which keep DISTINCT, ORDER BY and OVER. */
const RENAMED: Readonly<Record<string, string>> = {
  COUNTIF: 'count_if',
  LOGICAL_AND: 'bool_and',
  LOGICAL_OR: 'bool_or',
  APPROX_COUNT_DISTINCT: 'bq_approx_count_distinct',
  CHAR_LENGTH: 'bq_length',
  CHARACTER_LENGTH: 'bq_length',
  CEILING: 'ceil',
  SUBSTRING: 'bq_substr',
  POWER: 'bq_pow',
  INT64: 'bq_json_int64',
  REGEXP_SUBSTR: 'bq_regexp_extract',
  PERCENTILE_CONT: 'quantile_cont',
  PERCENTILE_DISC: 'quantile_disc',
};

/** Functions of which an argument is a bare word: `TIMESTAMP_TRUNC(ts, WEEK(MONDAY))`, `NORMALIZE(x, NFKC)`. */
const WITH_DATE_PART = /^(DATE|DATETIME|TIME|TIMESTAMP)_(TRUNC|DIFF)$|^LAST_DAY$|^NORMALIZE(_AND_CASEFOLD)?$/;

const DATE_PARTS =
  /^(MICROSECOND|MILLISECOND|SECOND|MINUTE|HOUR|DAY|WEEK|ISOWEEK|MONTH|QUARTER|YEAR|ISOYEAR|NFK?[CD])$/i;

export type BindParameter = (token: Token, index: number) => string;

const NO_PARAMETERS: BindParameter = (token) => {
  throw invalidQuery(
    token.text === '?'
      ? 'Query parameter number 1 is not defined'
      : `Query parameter '${token.value}' not found`,
  );
};

export function prepare(source: string, options: PrepareOptions = {}): Prepared {
  const sql = bindParameters(source, options.bind ?? NO_PARAMETERS, options.system ?? new Map());
  const tokens = lex(sql);
  const literals = options.literals ?? [];
  const parts: string[] = [];
  let at = 0;
  const replace = (token: Token, text: string, end = token.end) => {
    parts.push(sql.slice(at, token.start), text);
    at = end;
  };
  const keep = (literal: string) => `'bq$${literals.push(literal) - 1}'`;

  const datePartAt = datePartPositions(tokens);
  // INTO and FROM may be left out; the parser wants them.
  const [first, second] = tokens;
  if (first && isWord(first, 'INSERT') && !isWord(second, 'INTO')) replace(first, 'INSERT INTO');
  if (first && isWord(first, 'DELETE') && !isWord(second, 'FROM')) replace(first, 'DELETE FROM');
  for (const [i, token] of tokens.entries()) {
    if (token.start < at) continue;
    if (token.kind === 'string') {
      if (/[\\'\n\r$]/.test(token.value) || /^[rR]|^'''|^"""|\\/.test(token.text))
        replace(token, keep(quoteString(token.value)));
      else if (token.text.startsWith('"')) replace(token, quoteString(token.value));
    } else if (token.kind === 'bytes') {
      replace(token, `bq_blob(${keep(quoteString(Buffer.from(token.value, 'latin1').toString('hex')))})`);
    } else if (token.kind === 'number' && /[.eE]/.test(token.text) && !/^0[xX]/.test(token.text)) {
      // A decimal literal is FLOAT64, where DuckDB would make it DECIMAL.
      if (!/[eE]/.test(token.text)) replace(token, `${token.text}${token.text.endsWith('.') ? '0' : ''}e0`);
    } else if (datePartAt.has(i)) {
      const bracket = tokens[i + 1]?.text === '(' ? closing(tokens, i + 1) : i;
      replace(
        token,
        quoteString(sql.slice(token.start, tokens[bracket]!.end).toUpperCase()),
        tokens[bracket]!.end,
      );
    } else if (isWord(token, 'INTERVAL') && intervalAt(tokens, i, replace)) {
      continue;
    } else if (token.kind === 'word' && tokens[i + 1]?.text === '(') {
      const name = userFunction(tokens, i, options, replace) ? undefined : macroName(tokens, i);
      if (name) replace(token, name);
    } else if (isWord(token, 'NET', 'HLL_COUNT') && tokens[i + 1]?.text === '.') {
      const name = `bq_${token.text}_${tokens[i + 2]?.text}`.toLowerCase();
      if (MACRO_NAMES.has(name)) replace(token, name, tokens[i + 2]!.end);
    } else if ((token.kind === 'word' || token.kind === 'quoted') && tokens[i - 1]?.text !== '.')
      userFunction(tokens, i, options, replace);
  }
  parts.push(sql.slice(at));
  return { sql: parts.join(''), literals };
}

/** `INTERVAL '1 2:3' DAY TO MINUTE` as a call; a sign before a number goes into brackets for the parser. */
function intervalAt(
  tokens: readonly Token[],
  i: number,
  replace: (token: Token, text: string, end?: number) => void,
): boolean {
  const [value, from, to, last] = tokens.slice(i + 1, i + 5);
  const negated = from?.kind === 'number' || (from?.kind === 'word' && to?.kind === 'word');
  if (isWord(value, '-') && from && negated) {
    replace(value!, `(-${from.text})`, from.end);
    return true;
  }
  if (value?.kind !== 'string' || from?.kind !== 'word' || !isWord(to, 'TO') || !last) return false;
  const { months, days, micros } = parseInterval(value.value, from.text, last.text);
  replace(tokens[i]!, `bq_interval(${months}, ${days}, ${micros})`, last.end);
  return true;
}

/** Replaces `a.b.f` before a bracket when it names a function of the user's. */
function userFunction(
  tokens: readonly Token[],
  i: number,
  { functionName }: PrepareOptions,
  replace: (token: Token, text: string, end?: number) => void,
): boolean {
  if (!functionName) return false;
  const path = [tokens[i]!.value];
  let last = i;
  for (; tokens[last + 1]?.text === '.' && tokens[last + 2]; last += 2) path.push(tokens[last + 2]!.value);
  if (tokens[last + 1]?.text !== '(') return false;
  const name = functionName(path.flatMap((part) => part.split('.')));
  if (name) replace(tokens[i]!, name, tokens[last]!.end);
  return name !== undefined;
}

function macroName(tokens: readonly Token[], i: number): string | undefined {
  const name = tokens[i]!.text.toUpperCase();
  const qualifier = tokens[i - 1]?.text === '.' ? tokens[i - 2]?.text.toUpperCase() : undefined;
  if (qualifier !== undefined && qualifier !== 'SAFE') return undefined;
  // `* EXCEPT (a) REPLACE (…)` and `CAST(x AS STRING(10))` are no calls.
  const before = tokens[i - 1];
  const inType = isWord(before, '<') && isWord(tokens[i - 2], 'ARRAY', 'STRUCT');
  if (isWord(before, 'AS') || inType || (name === 'REPLACE' && isWord(before, '*', ')'))) return undefined;
  const renamed = RENAMED[name];
  if (renamed) return renamed;
  const lower = name.toLowerCase();
  return MACRO_NAMES.has(`bq_${lower}`) || lower in VARIADIC_TYPES ? `bq_${lower}` : undefined;
}

/** Indexes of the tokens that are date parts: arguments of the functions that take one. */
function datePartPositions(tokens: readonly Token[]): Set<number> {
  const found = new Set<number>();
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word' || !WITH_DATE_PART.test(token.text.toUpperCase())) continue;
    if (tokens[i + 1]?.text !== '(') continue;
    const end = closing(tokens, i + 1);
    for (let j = i + 2; j < end; j++) {
      const inner = tokens[j]!;
      if (inner.text === '(' || inner.text === '[') j = closing(tokens, j);
      else if (inner.kind === 'word' && tokens[j - 1]?.text === ',' && DATE_PARTS.test(inner.text))
        found.add(j);
    }
  }
  return found;
}

function bindParameters(sql: string, bind: BindParameter, system: ReadonlyMap<string, string>): string {
  let index = 0;
  let at = 0;
  const parts: string[] = [];
  for (const token of lex(sql)) {
    if (token.kind !== 'parameter') continue;
    const known = token.text.startsWith('@@') ? system.get(token.value.toLowerCase()) : undefined;
    if (token.text.startsWith('@@') && known === undefined)
      throw invalidQuery(`Unrecognized system variable ${token.text} at ${position(sql, token.start)}`);
    parts.push(sql.slice(at, token.start), known ?? bind(token, index++));
    at = token.end;
  }
  parts.push(sql.slice(at));
  return parts.join('');
}
