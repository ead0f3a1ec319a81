// Reads a statement token by token: keywords, names, options, expressions kept as text.
import { invalidQuery } from '../../errors.ts';
import { closing, isWord, lex, position } from '../lex.ts';
import type { Token } from '../lex.ts';
import type { Options } from './types.ts';

export class TokenReader {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#tokens = lex(sql);
  }

  /** The keyword that the statement begins with. */
  get first(): string {
    return this.#tokens[0]?.text.toUpperCase() ?? '';
  }

  /** Where the token before this one stands, for messages. */
  get lastPosition(): string {
    return position(this.#sql, this.#tokens[this.#at - 1]?.start ?? 0);
  }

  skip(): void {
    this.#at++;
  }

  /** Skips tokens, and brackets whole, while there are any and `ends` is false; the text of what was skipped. */
  until(ends: (token: Token) => boolean): string {
    const start = this.#at;
    while (this.next && !ends(this.next))
      this.#at = this.next.text === '(' ? closing(this.#tokens, this.#at) + 1 : this.#at + 1;
    return this.textOf(this.#tokens.slice(start, this.#at));
  }

  /** Where the reader stands, for `since`. */
  mark(): number {
    return this.#at;
  }

  /** The text from a mark on. */
  since(mark: number): string {
    return this.textOf(this.#tokens.slice(mark, this.#at));
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  fail(wanted: string): never {
    const token = this.next;
    const found = token ? `got "${token.text}"` : 'but got end of statement';
    throw invalidQuery(
      `Syntax error: Expected ${wanted} ${found} at ${position(this.#sql, token?.start ?? this.#sql.length)}`,
    );
  }

  take(...words: string[]): boolean {
    for (const [i, word] of words.entries()) if (!isWord(this.#tokens[this.#at + i], word)) return false;
    this.#at += words.length;
    return true;
  }

  need(word: string): void {
    if (!this.take(word)) this.fail(`keyword ${word}`);
  }

  needSymbol(symbol: string): void {
    if (this.next?.text !== symbol) this.fail(`"${symbol}"`);
    this.#at++;
  }

  name(): string {
    const token = this.next;
    if (token?.kind !== 'word' && token?.kind !== 'quoted') this.fail('identifier');
    this.#at++;
    return token.value;
  }

  string(): string {
    const token = this.next;
    if (token?.kind !== 'string') this.fail('string literal');
    this.#at++;
    return token.value;
  }

  /** `a.b.c`, quoted whole or in parts; a project may have dashes. */
  path(): string[] {
    const parts = [this.name()];
    for (;;) {
      const token = this.next;
      if (token?.text === '-' && this.#tokens[this.#at - 1]!.end === token.start) {
        const rest = this.#tokens[this.#at + 1]!;
        this.#at += 2;
        parts.push(`${parts.pop()!}-${rest.value}`);
      } else if (token?.text === '.') {
        this.#at++;
        const part = this.next;
        if (part?.kind === 'number') this.#at++;
        parts.push(part?.kind === 'number' ? part.value : this.name());
      } else return parts.flatMap((part) => part.split('.'));
    }
  }

  bracketed(): readonly Token[] {
    if (this.next?.text !== '(') this.fail('"("');
    const end = closing(this.#tokens, this.#at);
    const inner = this.#tokens.slice(this.#at + 1, end);
    this.#at = end + 1;
    return inner;
  }

  textOf(tokens: readonly Token[]): string {
    return tokens.length === 0 ? '' : this.#sql.slice(tokens[0]!.start, tokens.at(-1)!.end);
  }

  options(): Options {
    if (!this.take('OPTIONS')) return {};
    const inner = this.bracketed();
    return Object.fromEntries(
      splitByComma(inner)
        .filter((option) => option.length > 0)
        .map((option) => [option[0]!.value.toLowerCase(), this.textOf(option.slice(2))]),
    );
  }

  rest(): string {
    const text = this.#sql.slice(this.next?.start ?? this.#sql.length);
    this.#at = this.#tokens.length;
    return text;
  }

  ifNotExists(): boolean {
    return this.take('IF', 'NOT', 'EXISTS');
  }

  expression(...enders: string[]): string {
    return this.until((token) => isWord(token, ...enders));
  }

  names(): string[] {
    const names = [this.name()];
    while (this.take(',')) names.push(this.name());
    return names;
  }
}

export function splitByComma(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'symbol' && '([{'.includes(token.text)) depth++;
    if (token.kind === 'symbol' && ')]}'.includes(token.text)) depth--;
    if (depth === 0 && token.text === ',' && token.kind === 'symbol') parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}
