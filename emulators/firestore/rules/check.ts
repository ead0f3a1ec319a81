// What a tree must keep to before it may decide anything: every name is known, every call fits, and the limits of the
// service hold. https://firebase.google.com/docs/firestore/security/rules-structure#security_rule_limits
import { FUNCTIONS, NAMESPACES, READERS } from './functions.ts';
import { SyntaxIssue } from './issues.ts';
import { METHODS as VALUE_METHODS } from './methods.ts';
import { childrenOf } from './parse-expression.ts';
import { compilePattern } from './regular-expression.ts';
import type { Call, Expression, Match, Member, RulesFunction, Ruleset } from './syntax.ts';

const MAX_PARAMETERS = 7;
const MAX_LETS = 10;
const MAX_MATCH_DEPTH = 10;
const MAX_SEGMENTS = 100;
const MAX_CAPTURES = 20;
/** The function that a condition calls, and 20 calls below it. */
const MAX_CALL_DEPTH = 21;

/** The fields of what a request brings along. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  request: ['auth', 'method', 'path', 'query', 'resource', 'time'],
  'request.auth': ['token', 'uid'],
  'request.query': ['limit', 'offset'],
  'request.resource': ['__name__', 'data', 'id'],
  resource: ['__name__', 'data', 'id'],
};

const WORDS =
  'allow false function if in is let match null request resource return rules_version service true';
const RESERVED: ReadonlySet<string> = new Set(WORDS.split(' ').concat(Object.keys(NAMESPACES)));
/** Variables may be named like them: `{path=**}`. */
const BUILT_IN: ReadonlySet<string> = new Set(['debug', ...READERS, ...Object.keys(FUNCTIONS)]);

/** Name of a method → how many arguments it may have. */
const ARITIES = new Map<string, Set<number>>();
for (const methods of Object.values(VALUE_METHODS)) {
  for (const [name, { parameters }] of Object.entries(methods)) {
    ARITIES.set(name, (ARITIES.get(name) ?? new Set()).add(parameters.length));
  }
}

interface Scope {
  readonly outer: Scope | undefined;
  readonly variables: ReadonlySet<string>;
  readonly functions: ReadonlyMap<string, RulesFunction>;
}

export function checkRuleset(ruleset: Ruleset): readonly SyntaxIssue[] {
  const check = new Check();
  const file = check.functions(ruleset.functions, undefined, []);
  const service = check.functions(ruleset.service.functions, file, []);
  if (ruleset.service.matches.length + ruleset.service.functions.length === 0) {
    check.add('The service is empty: want a match at least', { line: 1, column: 1 });
  }
  for (const match of ruleset.service.matches) check.match(match, service, []);
  check.callDepths();
  return check.issues.toSorted(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
}

class Check {
  readonly issues: SyntaxIssue[] = [];
  readonly #calls = new Map<RulesFunction, Set<RulesFunction>>();

  add(message: string, position: SyntaxIssue['position']): void {
    this.issues.push(new SyntaxIssue(message, position));
  }

  /** The scope of a block, with all its functions checked: they may call each other in any order. */
  functions(
    functions: readonly RulesFunction[],
    outer: Scope | undefined,
    variables: readonly string[],
  ): Scope {
    const byName = new Map<string, RulesFunction>();
    for (const declared of functions) {
      const { name, position } = declared;
      this.#checkFree(name, position);
      if (BUILT_IN.has(name))
        this.add(`"${name}" is a function of rules already: take another name`, position);
      if (byName.has(name))
        this.add(`The function "${name}" stands in this block twice: rename one`, position);
      byName.set(name, declared);
    }
    const scope = { outer, variables: new Set(variables), functions: byName };
    for (const declared of functions) this.#function(declared, scope);
    return scope;
  }

  match(match: Match, outer: Scope, around: readonly Match[]): void {
    const chain = [...around, match];
    const { pattern, position, allows, matches } = match;
    if (allows.length + matches.length + match.functions.length === 0) {
      this.add('The match is empty: want an allow, or leave it out', position);
    }
    if (chain.length > MAX_MATCH_DEPTH)
      this.add(`More than ${MAX_MATCH_DEPTH} matches stand in each other`, position);
    const segments = chain.flatMap((each) => each.pattern);
    if (segments.length > MAX_SEGMENTS) this.add(`The path has more than ${MAX_SEGMENTS} segments`, position);
    const names = segments.flatMap((segment) => (segment.kind === 'literal' ? [] : [segment.name]));
    if (names.length > MAX_CAPTURES) this.add(`The path has more than ${MAX_CAPTURES} wildcards`, position);
    if (segments.filter(({ kind }) => kind === 'many').length > 1) {
      this.add('The path has two wildcards of the form {name=**}: only one is supported', position);
    }
    const own = pattern.flatMap((segment) => (segment.kind === 'literal' ? [] : [segment.name]));
    for (const name of own) {
      this.#checkFree(name, position);
      if (names.indexOf(name) !== names.lastIndexOf(name)) {
        this.add(`The wildcard "${name}" stands in this path twice: rename one`, position);
      }
    }
    const scope = this.functions(match.functions, outer, own);
    for (const { condition } of allows) if (condition) this.#expression(condition, scope, undefined);
    for (const inner of matches) this.match(inner, scope, chain);
  }

  callDepths(): void {
    const depths = new Map<RulesFunction, number>();
    const depthOf = (called: RulesFunction, stack: readonly RulesFunction[]): number => {
      if (stack.includes(called)) {
        this.add(
          `The function "${called.name}" calls itself in the end: rules know no recursion`,
          called.position,
        );
        return 0;
      }
      const known = depths.get(called);
      if (known !== undefined) return known;
      const inner = [...(this.#calls.get(called) ?? [])].map((each) => depthOf(each, [...stack, called]));
      const depth = 1 + Math.max(0, ...inner);
      depths.set(called, depth);
      return depth;
    };
    for (const called of this.#calls.keys()) {
      if (depthOf(called, []) <= MAX_CALL_DEPTH) continue;
      this.add(
        `Calls of "${called.name}" go more than ${MAX_CALL_DEPTH - 1} functions deep`,
        called.position,
      );
      return;
    }
  }

  #function(declared: RulesFunction, outer: Scope): void {
    const { name, parameters, lets, result, position } = declared;
    this.#calls.set(declared, new Set());
    if (parameters.length > MAX_PARAMETERS) {
      this.add(`The function "${name}" has more than ${MAX_PARAMETERS} parameters`, position);
    }
    if (lets.length > MAX_LETS)
      this.add(`The function "${name}" has more than ${MAX_LETS} variables`, position);
    const variables = new Set<string>();
    const declare = (variable: string, at: typeof position): void => {
      this.#checkFree(variable, at);
      if (variables.has(variable)) this.add(`The variable "${variable}" stands here twice: rename one`, at);
      variables.add(variable);
    };
    for (const parameter of parameters) declare(parameter, position);
    const scopeNow = (): Scope => ({ outer, variables: new Set(variables), functions: new Map() });
    for (const { name: variable, value, position: at } of lets) {
      this.#expression(value, scopeNow(), declared);
      declare(variable, at);
    }
    this.#expression(result, scopeNow(), declared);
  }

  #checkFree(name: string, position: SyntaxIssue['position']): void {
    if (RESERVED.has(name))
      this.add(`"${name}" has a meaning of its own in rules: take another name`, position);
  }

  #expression(expression: Expression, scope: Scope, within: RulesFunction | undefined): void {
    const { kind, position } = expression;
    if (kind === 'variable' && !isKnown(expression.name, scope)) {
      this.add(
        `There is no variable "${expression.name}" here: want a wildcard, a parameter or a let`,
        position,
      );
    }
    if (kind === 'member') this.#member(expression);
    if (kind === 'call') {
      this.#call(expression, scope, within);
      // The name of a namespace is no variable.
      if (isNamespace(expression.object)) {
        for (const argument of expression.args) this.#expression(argument, scope, within);
        return;
      }
    }
    for (const child of childrenOf(expression)) this.#expression(child, scope, within);
  }

  #member({ object, name, position }: Member): void {
    const fields = FIELDS[pathTo(object) ?? ''];
    if (fields && !fields.includes(name)) {
      this.add(`"${pathTo(object)}" has no field "${name}" here: want one of ${fields.join(', ')}`, position);
    }
  }

  #call(call: Call, scope: Scope, within: RulesFunction | undefined): void {
    const { object, name, args, position } = call;
    if (!object) {
      const declared = findFunction(name, scope);
      if (declared && within) this.#calls.get(within)?.add(declared);
      const wanted = declared?.parameters.length ?? builtInArity(name);
      if (wanted === undefined) {
        this.add(
          `There is no function "${name}" here: define it in this block or in one around it`,
          position,
        );
      } else {
        this.#arity(name, args.length, [wanted], position);
      }
      return;
    }
    const namespace = isNamespace(object) ? NAMESPACES[object.name] : undefined;
    if (namespace) {
      const operation = Object.hasOwn(namespace, name) ? namespace[name] : undefined;
      if (operation) this.#arity(name, args.length, [operation.parameters.length], position);
      else
        this.add(
          `There is no function "${name}" there: want one of ${Object.keys(namespace).join(', ')}`,
          position,
        );
      return;
    }
    const whole = pathTo(object);
    if (whole === 'request' || whole === 'request.query') {
      this.add(`"${whole}" has other fields here than in production: ask for one by its name`, position);
      return;
    }
    const arities = ARITIES.get(name);
    if (!arities) {
      this.add(
        `This emulator knows no method "${name}": want one of ${[...ARITIES.keys()].join(', ')}`,
        position,
      );
      return;
    }
    this.#arity(name, args.length, [...arities], position);
    this.#pattern(call);
  }

  #arity(name: string, has: number, wanted: readonly number[], position: SyntaxIssue['position']): void {
    if (wanted.includes(has)) return;
    this.add(`"${name}" has ${has} arguments: want ${wanted.join(' or ')}`, position);
  }

  /** A pattern that stands in the rules is looked at now, and not when the first request needs it. */
  #pattern({ name, args }: Call): void {
    const [pattern] = args;
    if (!['matches', 'replace', 'split'].includes(name) || pattern?.kind !== 'literal') return;
    if (typeof pattern.value === 'string' && compilePattern(pattern.value)) return;
    this.add(
      'The regular expression is invalid, or of a form that this emulator does not know: use plain RE2',
      pattern.position,
    );
  }
}

function isKnown(name: string, scope: Scope | undefined): boolean {
  if (name === 'request' || name === 'resource') return true;
  for (let at = scope; at; at = at.outer) if (at.variables.has(name)) return true;
  return false;
}

function findFunction(name: string, scope: Scope | undefined): RulesFunction | undefined {
  for (let at = scope; at; at = at.outer) {
    const found = at.functions.get(name);
    if (found) return found;
  }
  return undefined;
}

function builtInArity(name: string): number | undefined {
  if (name === 'debug' || READERS.some((reader) => reader === name)) return 1;
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]!.parameters.length : undefined;
}

export function isNamespace(
  object: Expression | undefined,
): object is Extract<Expression, { readonly kind: 'variable' }> {
  return object?.kind === 'variable' && Object.hasOwn(NAMESPACES, object.name);
}

/** `request.auth` as text; undefined for anything but names with dots. */
function pathTo(expression: Expression): string | undefined {
  if (expression.kind === 'variable') return expression.name;
  if (expression.kind !== 'member') return undefined;
  const outer = pathTo(expression.object);
  return outer === undefined ? undefined : `${outer}.${expression.name}`;
}
