// Expressions, by the precedence that the official compiler has: `in` and `is` bind less tightly than `==`, and `==`
// less tightly than `<`.
import type { Position } from './issues.ts';
import type { Scanner, Token } from './scan.ts';
import type { BinaryOperator, Expression, TypeName } from './syntax.ts';
import { TYPE_NAMES } from './syntax.ts';

/** From the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['in', 'is'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];

/** As deep as the official compiler goes before it calls an expression too complex. */
const MAX_DEPTH = 99;
const MAX_INT = 2n ** 63n - 1n;

export class ExpressionParser {
  readonly #scanner: Scanner;
  #parentheses = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** Throws SyntaxIssue. */
  parse(): Expression {
    const { start } = this.#scanner.peek();
    const expression = this.#ternary();
    if (depthOf(expression) > MAX_DEPTH) this.#tooDeep(start);
    return expression;
  }

  #tooDeep(start: number): never {
    this.#scanner.fail(
      `The expression is nested deeper than ${MAX_DEPTH} levels: move parts of it into functions`,
      start,
    );
  }

  #ternary(): Expression {
    const { start } = this.#scanner.peek();
    const condition = this.#binary(0);
    if (!this.#take('?')) return condition;
    const whenTrue = this.#ternary();
    this.expect(':');
    const whenFalse = this.#ternary();
    return { kind: 'ternary', condition, whenTrue, whenFalse, position: this.#scanner.position(start) };
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#scanner.peek();
      if (!operators.includes(token.text)) return left;
      if (token.text === '/' && this.#scanner.slashBeginsPath()) {
        this.#scanner.fail('A path cannot stand here: to divide, put a space behind the "/"', token.start);
      }
      this.#scanner.next();
      const position = this.#scanner.position(token.start);
      if (token.text === 'is') {
        left = { kind: 'is', operand: left, type: this.#typeName(), position };
      } else {
        const right = this.#binary(level + 1);
        left = { kind: 'binary', operator: token.text as BinaryOperator, left, right, position };
      }
    }
  }

  #typeName(): TypeName {
    const token = this.#scanner.next();
    const type = TYPE_NAMES.find((name) => name === token.text);
    if (type) return type;
    return this.#scanner.fail(`There is no such type: want one of ${TYPE_NAMES.join(', ')}`, token.start);
  }

  #unary(): Expression {
    const token = this.#scanner.peek();
    if (token.text === '--' || token.text === '++') {
      this.#scanner.fail(
        '"--" and "++" are not known: put a space or parentheses between the signs',
        token.start,
      );
    }
    if (token.kind !== 'symbol' || (token.text !== '!' && token.text !== '-')) return this.#postfix();
    this.#scanner.next();
    const position = this.#scanner.position(token.start);
    const digits = this.#scanner.peek();
    // The smallest integer has no positive counterpart.
    if (token.text === '-' && digits.kind === 'int' && BigInt(digits.text) === MAX_INT + 1n) {
      this.#scanner.next();
      return { kind: 'literal', value: -(MAX_INT + 1n), position };
    }
    return { kind: 'unary', operator: token.text, operand: this.#unary(), position };
  }

  #postfix(): Expression {
    let object = this.#primary();
    for (;;) {
      const token = this.#scanner.peek();
      const position = this.#scanner.position(token.start);
      if (this.#take('.')) {
        const name = this.word('the name of a field or function');
        object = this.#take('(')
          ? { kind: 'call', object, name, args: this.#list(')'), position }
          : { kind: 'member', object, name, position };
      } else if (this.#take('[')) {
        object = this.#index(object, position);
      } else {
        return object;
      }
    }
  }

  #index(object: Expression, position: Position): Expression {
    const from = this.#peekIs(':') ? undefined : this.#ternary();
    if (!this.#take(':')) {
      this.expect(']');
      return { kind: 'index', object, key: from!, position };
    }
    const to = this.#peekIs(']') ? undefined : this.#ternary();
    this.expect(']');
    return { kind: 'slice', object, from, to, position };
  }

  #primary(): Expression {
    if (this.#peekIs('/')) return this.#path();
    const token = this.#scanner.next();
    const position = this.#scanner.position(token.start);
    switch (token.kind) {
      case 'word':
        return this.#word(token, position);
      case 'int':
        return { kind: 'literal', value: this.#integer(token), position };
      case 'float':
        return { kind: 'literal', value: Number(token.text), position };
      case 'string':
        return { kind: 'literal', value: token.value, position };
      case 'bytes':
        return { kind: 'literal', value: Buffer.from(token.value, 'latin1'), position };
      case 'symbol':
        if (token.text === '(') return this.#parenthesised(token.start);
        if (token.text === '[') return { kind: 'list', elements: this.#list(']'), position };
        if (token.text === '{') return { kind: 'map', entries: this.#entries(), position };
        break;
      case 'end':
    }
    return this.#scanner.fail(`An expression is wanted here, and not ${quoted(token)}`, token.start);
  }

  #word(token: Token, position: Position): Expression {
    if (token.text === 'true' || token.text === 'false') {
      return { kind: 'literal', value: token.text === 'true', position };
    }
    if (token.text === 'null') return { kind: 'literal', value: null, position };
    if (this.#take('('))
      return { kind: 'call', object: undefined, name: token.text, args: this.#list(')'), position };
    return { kind: 'variable', name: token.text, position };
  }

  #integer(token: Token): bigint {
    const value = BigInt(token.text);
    if (value > MAX_INT)
      this.#scanner.fail('The integer is too large: 64 bits with a sign have to do', token.start);
    return value;
  }

  #parenthesised(start: number): Expression {
    if (++this.#parentheses >= MAX_DEPTH) this.#tooDeep(start);
    const inner = this.#ternary();
    this.expect(')');
    this.#parentheses--;
    return inner;
  }

  /** Up to the closing bracket; a comma may stand before it. */
  #list(close: ')' | ']'): Expression[] {
    const elements: Expression[] = [];
    while (!this.#take(close)) {
      elements.push(this.#ternary());
      if (!this.#peekIs(close)) this.expect(',');
    }
    return elements;
  }

  #entries(): [Expression, Expression][] {
    const entries: [Expression, Expression][] = [];
    while (!this.#take('}')) {
      const key = this.#ternary();
      this.expect(':');
      entries.push([key, this.#ternary()]);
      if (!this.#peekIs('}')) this.expect(',');
    }
    return entries;
  }

  /** `/users/$(request.auth.uid)` */
  #path(): Expression {
    const { start } = this.#scanner.peek();
    const segments: (string | Expression)[] = [];
    while (segments.length === 0 ? this.#take('/') : this.#scanner.isAt('/') && this.#take('/')) {
      if (this.#scanner.isAt('$(')) {
        this.#scanner.next();
        this.#scanner.next();
        segments.push(this.#ternary());
        this.expect(')');
        continue;
      }
      const text = this.#scanner.segmentText();
      if (text === undefined) {
        this.#scanner.fail(
          'A segment of the path is missing: write a name or $(expression) behind the "/"',
          start,
        );
      }
      segments.push(text);
    }
    return { kind: 'path', segments, position: this.#scanner.position(start) };
  }

  word(wanted: string): string {
    const token = this.#scanner.next();
    if (token.kind !== 'word')
      this.#scanner.fail(`Want ${wanted} here, and not ${quoted(token)}`, token.start);
    return token.text;
  }

  expect(symbol: string): void {
    const token = this.#scanner.next();
    if (token.kind !== 'symbol' || token.text !== symbol) {
      this.#scanner.fail(`Want "${symbol}" here, and not ${quoted(token)}`, token.start);
    }
  }

  #peekIs(symbol: string): boolean {
    const { kind, text } = this.#scanner.peek();
    return kind === 'symbol' && text === symbol;
  }

  #take(symbol: string): boolean {
    if (!this.#peekIs(symbol)) return false;
    this.#scanner.next();
    return true;
  }
}

export function quoted({ kind, text }: Token): string {
  return kind === 'end' ? text : `"${text.slice(0, 40)}"`;
}

/** All expressions right inside of one. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'variable':
      return [];
    case 'member':
      return [expression.object];
    case 'call':
      return expression.object ? [expression.object, ...expression.args] : expression.args;
    case 'list':
      return expression.elements;
    case 'map':
      return expression.entries.flat();
    case 'path':
      return expression.segments.filter((segment) => typeof segment !== 'string');
    case 'index':
      return [expression.object, expression.key];
    case 'slice':
      return [expression.object, expression.from, expression.to].filter((part) => part !== undefined);
    case 'unary':
    case 'is':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'ternary':
      return [expression.condition, expression.whenTrue, expression.whenFalse];
  }
}

function depthOf(expression: Expression): number {
  return 1 + Math.max(0, ...childrenOf(expression).map(depthOf));
}
