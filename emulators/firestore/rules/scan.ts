// The tokens of a rules file, read as the parser asks for them: only the parser knows where a `/` may begin a path.
import type { Position } from './issues.ts';
import { SyntaxIssue } from './issues.ts';

export type TokenKind = 'word' | 'int' | 'float' | 'string' | 'bytes' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** Of a string, what it says; of bytes, one character per byte. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d+\.\d*|\.\d+|\d+/y;
const SYMBOL = /\|\||&&|==|!=|<=|>=|--|\+\+|[{}()[\],:;.?!<>=+\-*/%$]/y;
/** What stands between the slashes of a path; `(default)` is the name of a database. */
const SEGMENT_TEXT = /\(default\)|[A-Za-z0-9_\-.~%]+/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-3][0-7]{2})|([\\'"`abfnrtv?]))/y;
const ESCAPED: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

export class Scanner {
  readonly #source: string;
  readonly #lineStarts: readonly number[];
  #at = 0;
  #peeked: Token | undefined;

  constructor(source: string) {
    this.#source = source;
    const starts = [0];
    for (let i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) starts.push(i + 1);
    this.#lineStarts = starts;
  }

  /** Both from 1. */
  position(offset: number): Position {
    let line = this.#lineStarts.length;
    while (this.#lineStarts[line - 1]! > offset) line--;
    return { line, column: offset - this.#lineStarts[line - 1]! + 1 };
  }

  peek(): Token {
    this.#peeked ??= this.#scan();
    return this.#peeked;
  }

  next(): Token {
    const next = this.peek();
    this.#at = next.end;
    this.#peeked = undefined;
    return next;
  }

  /** The text of a segment right here, without space before it; undefined when there is none. */
  segmentText(): string | undefined {
    const found = match(SEGMENT_TEXT, this.#source, this.#at);
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#peeked = undefined;
    return found;
  }

  /** Whether the text goes on with this, without space before it. */
  isAt(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  /** Whether a `/` that was just peeked begins a path: something stands right behind it. */
  slashBeginsPath(): boolean {
    return /[A-Za-z0-9_({$~%.-]/.test(this.#source[this.peek().end] ?? '');
  }

  fail(message: string, offset: number): never {
    throw new SyntaxIssue(message, this.position(offset));
  }

  #scan(): Token {
    const source = this.#source;
    const start = this.#at + (match(SPACE, source, this.#at)?.length ?? 0);
    if (start >= source.length)
      return { kind: 'end', text: 'the end of the file', value: '', start, end: start };
    if (source.startsWith('/*', start)) this.fail('The comment has no end: close it with "*/"', start);
    const quote = /^b?(['"])/.exec(source.slice(start, start + 2));
    if (quote) return this.#string(start, quote[0].length === 2, quote[1]!);
    const number = match(NUMBER, source, start);
    if (number !== undefined) return token(number.includes('.') ? 'float' : 'int', number, start);
    const word = match(WORD, source, start);
    if (word !== undefined) return token('word', word, start);
    const symbol = match(SYMBOL, source, start);
    if (symbol !== undefined) return token('symbol', symbol, start);
    return this.fail('This character has no meaning here: remove it, or put it into quotes', start);
  }

  #string(start: number, isBytes: boolean, quote: string): Token {
    const source = this.#source;
    let at = start + (isBytes ? 2 : 1);
    let value = '';
    while (source[at] !== quote) {
      if (at >= source.length || source[at] === '\n')
        this.fail(`The text has no end: close it with ${quote}`, start);
      if (source[at] === '\\') {
        ESCAPE.lastIndex = at;
        const escape = ESCAPE.exec(source);
        if (!escape) this.fail('This escape is not known: write \\\\ for a backslash', at);
        const [all, hex, unicode, octal, character] = escape;
        const digits = hex ?? unicode;
        if (digits !== undefined) value += String.fromCharCode(Number.parseInt(digits, 16));
        else if (octal !== undefined) value += String.fromCharCode(Number.parseInt(octal, 8));
        else value += ESCAPED[character!] ?? character!;
        at += all.length;
      } else {
        if (isBytes && source[at]! > '\x7f')
          this.fail('Bytes are written in ASCII: want \\x and two digits', at);
        value += source[at++]!;
      }
    }
    const end = at + 1;
    return { kind: isBytes ? 'bytes' : 'string', text: source.slice(start, end), value, start, end };
  }
}

function token(kind: TokenKind, text: string, start: number): Token {
  return { kind, text, value: text, start, end: start + text.length };
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
