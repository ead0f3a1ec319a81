// From the text of a rules file to its tree. What the official compiler merely warns of is refused here: rules that
// this emulator cannot follow to the letter must not decide anything.
import { checkRuleset } from './check.ts';
import type { RulesIssue } from './issues.ts';
import { SyntaxIssue } from './issues.ts';
import { ExpressionParser, quoted } from './parse-expression.ts';
import { Scanner } from './scan.ts';
import type { Allow, Match, RulesFunction, Ruleset, Segment } from './syntax.ts';
import { METHODS } from './syntax.ts';

export type Parsed =
  | { readonly ruleset: Ruleset; readonly issues: readonly [] }
  | { readonly ruleset: undefined; readonly issues: readonly RulesIssue[] };

const MAX_BYTES = 256 * 1024;

export function parseRules(fileName: string, source: string): Parsed {
  const parser = new RulesParser(fileName, source);
  let found: readonly SyntaxIssue[];
  try {
    const ruleset = parser.parse();
    found = checkRuleset(ruleset);
    if (found.length === 0) return { ruleset, issues: [] };
  } catch (error) {
    if (error instanceof SyntaxIssue) found = [error];
    else if (error instanceof RangeError) found = [tooComplex()];
    else throw error;
  }
  const issues = found.map(({ message, position }): RulesIssue => ({
    sourcePosition: { fileName, ...position },
    severity: 'ERROR',
    description: message,
  }));
  return { ruleset: undefined, issues };
}

/** The stack ran out. */
function tooComplex(): SyntaxIssue {
  return new SyntaxIssue('The rules are nested too deeply: move parts into functions', {
    line: 1,
    column: 1,
  });
}

class RulesParser {
  readonly #fileName: string;
  readonly #source: string;
  readonly #scanner: Scanner;
  readonly #expressions: ExpressionParser;

  constructor(fileName: string, source: string) {
    this.#fileName = fileName;
    this.#source = source;
    this.#scanner = new Scanner(source);
    this.#expressions = new ExpressionParser(this.#scanner);
  }

  parse(): Ruleset {
    if (Buffer.byteLength(this.#source) > MAX_BYTES) {
      this.#scanner.fail(`The file is larger than ${MAX_BYTES / 1024} KiB: the service takes no more`, 0);
    }
    this.#version();
    const functions: RulesFunction[] = [];
    while (this.#isWord('function')) functions.push(this.#function());
    const service = this.#service();
    while (this.#isWord('function')) functions.push(this.#function());
    const rest = this.#scanner.peek();
    if (rest.kind !== 'end') {
      this.#scanner.fail(
        `After the service comes nothing but functions, and not ${quoted(rest)}`,
        rest.start,
      );
    }
    return { fileName: this.#fileName, functions, service };
  }

  #version(): void {
    const token = this.#scanner.peek();
    if (token.text !== 'rules_version') {
      this.#scanner.fail(
        "The first line has to be rules_version = '2'; version 1 is not supported",
        token.start,
      );
    }
    this.#scanner.next();
    this.#expressions.expect('=');
    const version = this.#scanner.next();
    if (version.kind !== 'string' || version.value !== '2') {
      this.#scanner.fail(`Only version '2' is supported, and not ${quoted(version)}`, version.start);
    }
    this.#skip(';');
  }

  #service(): Ruleset['service'] {
    const word = this.#scanner.next();
    if (word.text !== 'service') {
      this.#scanner.fail(`Want "service cloud.firestore" here, and not ${quoted(word)}`, word.start);
    }
    const names = [this.#expressions.word('the name of the service')];
    while (this.#skip('.')) names.push(this.#expressions.word('the name of the service'));
    if (names.join('.') !== 'cloud.firestore') {
      this.#scanner.fail(
        'Only the service cloud.firestore is supported: keep others in files of their own',
        word.start,
      );
    }
    this.#expressions.expect('{');
    const functions: RulesFunction[] = [];
    const matches: Match[] = [];
    while (!this.#skip('}')) {
      if (this.#isWord('function')) functions.push(this.#function());
      else if (this.#isWord('match')) matches.push(this.#match());
      else this.#unexpected('"match" or "function"');
    }
    return { functions, matches };
  }

  #match(): Match {
    const { start } = this.#scanner.next();
    const pattern = this.#pattern();
    this.#expressions.expect('{');
    const functions: RulesFunction[] = [];
    const matches: Match[] = [];
    const allows: Allow[] = [];
    while (!this.#skip('}')) {
      if (this.#isWord('function')) functions.push(this.#function());
      else if (this.#isWord('match')) matches.push(this.#match());
      else if (this.#isWord('allow')) allows.push(this.#allow());
      else this.#unexpected('"match", "allow" or "function"');
    }
    return { pattern, functions, matches, allows, position: this.#scanner.position(start) };
  }

  /** `/users/{userId}/{rest=**}` */
  #pattern(): readonly Segment[] {
    const pattern: Segment[] = [];
    const { start } = this.#scanner.peek();
    while (pattern.length === 0 ? this.#skip('/') : this.#scanner.isAt('/') && this.#skip('/')) {
      if (this.#scanner.isAt('{')) {
        this.#scanner.next();
        pattern.push(this.#wildcard());
        continue;
      }
      const text = this.#scanner.segmentText();
      if (text === undefined) {
        this.#scanner.fail('A segment of the path is missing: write a name or {name} behind each "/"', start);
      }
      pattern.push({ kind: 'literal', text });
    }
    if (pattern.length === 0) this.#scanner.fail('A match begins with a path: want "/" and a segment', start);
    return pattern;
  }

  #wildcard(): Segment {
    const name = this.#expressions.word('the name of a wildcard');
    if (this.#skip('=')) {
      const stars = this.#scanner.peek().start;
      this.#expressions.expect('*');
      if (!this.#skip('*'))
        this.#scanner.fail('{name=*} is not supported: write {name}, or {name=**}', stars);
      this.#expressions.expect('}');
      return { kind: 'many', name };
    }
    this.#expressions.expect('}');
    return { kind: 'one', name };
  }

  #allow(): Allow {
    const { start } = this.#scanner.next();
    const methods: string[] = [];
    do {
      const method = this.#scanner.next();
      if (!Object.hasOwn(METHODS, method.text)) {
        const known = Object.keys(METHODS).join(', ');
        this.#scanner.fail(
          `There is no such method as ${quoted(method)}: want one of ${known}`,
          method.start,
        );
      }
      methods.push(method.text);
    } while (this.#skip(','));
    let condition: Allow['condition'];
    if (this.#skip(':')) {
      const word = this.#scanner.next();
      if (word.text !== 'if') this.#scanner.fail(`Want "if" here, and not ${quoted(word)}`, word.start);
      condition = this.#expressions.parse();
    }
    if (!this.#skip(';') && !this.#mayEndHere()) this.#unexpected('";"');
    return { methods, condition, position: this.#scanner.position(start) };
  }

  #function(): RulesFunction {
    this.#scanner.next();
    const { start } = this.#scanner.peek();
    const name = this.#expressions.word('the name of the function');
    this.#expressions.expect('(');
    const parameters: string[] = [];
    while (!this.#skip(')')) {
      parameters.push(this.#expressions.word('the name of a parameter'));
      if (!this.#skip(',') && this.#scanner.peek().text !== ')') this.#unexpected('"," or ")"');
    }
    this.#expressions.expect('{');
    const lets: RulesFunction['lets'][number][] = [];
    while (this.#isWord('let')) {
      this.#scanner.next();
      const position = this.#scanner.position(this.#scanner.peek().start);
      const variable = this.#expressions.word('the name of a variable');
      this.#expressions.expect('=');
      lets.push({ name: variable, value: this.#expressions.parse(), position });
      this.#expressions.expect(';');
    }
    if (!this.#isWord('return')) this.#unexpected('"let" or "return"');
    this.#scanner.next();
    const result = this.#expressions.parse();
    this.#skip(';');
    this.#expressions.expect('}');
    return { name, parameters, lets, result, position: this.#scanner.position(start) };
  }

  /** The official compiler does without the semicolon where the next statement or the block's end tells as much. */
  #mayEndHere(): boolean {
    const { text } = this.#scanner.peek();
    return text === '}' || text === 'allow' || text === 'match' || text === 'function';
  }

  #isWord(word: string): boolean {
    const { kind, text } = this.#scanner.peek();
    return kind === 'word' && text === word;
  }

  #skip(symbol: string): boolean {
    const { kind, text } = this.#scanner.peek();
    if (kind !== 'symbol' || text !== symbol) return false;
    this.#scanner.next();
    return true;
  }

  #unexpected(wanted: string): never {
    const token = this.#scanner.peek();
    return this.#scanner.fail(`Want ${wanted} here, and not ${quoted(token)}`, token.start);
  }
}
