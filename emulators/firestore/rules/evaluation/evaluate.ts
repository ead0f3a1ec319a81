// Evaluates the conditions of one request. An error makes a condition allow nothing, except where `||` or `&&` find
// on their other side what decides without it.
import { isNamespace } from '../language/check.ts';
import type { Reader } from './functions.ts';
import { FUNCTIONS, NAMESPACES, READERS } from './functions.ts';
import { METHODS } from './methods/methods.ts';
import type { Operation } from './methods/operation.ts';
import { checkArguments } from './methods/operation.ts';
import { toText } from './methods/strings.ts';
import { binary, negate, not } from './operators.ts';
import type { Call, Expression, RulesFunction } from '../language/syntax.ts';
import { unknownContains } from './unknown.ts';
import type { RulesMap, RulesValue } from './value.ts';
import { isNumber, kindOf, Path, RuleError, Unknown } from './value.ts';

/** The service evaluates no more for one request; `&&` and `||` count twice. */
const MAX_EXPRESSIONS = 1000;

export interface Surroundings {
  /** `request` and `resource`. */
  readonly globals: Readonly<Record<string, RulesValue>>;
  /** Reads a document for `get(…)` and the like; throws RuleError. */
  readonly read: (reader: Reader, path: Path) => RulesValue;
  /** What `debug(…)` was given. */
  readonly debug: (line: number, value: string) => void;
}

/** A value, or the expression that it will come from: arguments and variables are evaluated when they are used. */
type Binding = { readonly value: RulesValue } | Deferred;

interface Deferred {
  readonly expression: Expression;
  readonly scope: Scope;
  value?: RulesValue;
}

export class Scope {
  readonly #outer: Scope | undefined;
  readonly #variables: ReadonlyMap<string, Binding>;
  readonly #functions: readonly RulesFunction[];

  constructor(
    outer: Scope | undefined,
    variables: ReadonlyMap<string, Binding>,
    functions: readonly RulesFunction[] = [],
  ) {
    this.#outer = outer;
    this.#variables = variables;
    this.#functions = functions;
  }

  variable(name: string): Binding | undefined {
    return this.#variables.get(name) ?? this.#outer?.variable(name);
  }

  /** The function with the scope that it was defined in. */
  function(name: string): { readonly called: RulesFunction; readonly scope: Scope } | undefined {
    const called = this.#functions.find((declared) => declared.name === name);
    return called ? { called, scope: this } : this.#outer?.function(name);
  }
}

export class Evaluation {
  readonly #surroundings: Surroundings;
  #evaluated = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Throws RuleError. */
  evaluate(expression: Expression, scope: Scope): RulesValue {
    this.#count();
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'variable':
        return this.#variable(expression.name, scope);
      case 'member':
        return memberOf(this.evaluate(expression.object, scope), expression.name);
      case 'index':
        return elementOf(this.evaluate(expression.object, scope), this.evaluate(expression.key, scope));
      case 'slice':
        return this.#slice(expression, scope);
      case 'call':
        return this.#call(expression, scope);
      case 'list':
        return this.#known(expression.elements, scope, (elements) => elements);
      case 'map':
        return this.#known(expression.entries.flat(), scope, toMap);
      case 'path':
        return this.#path(expression.segments, scope);
      case 'unary': {
        const operand = this.evaluate(expression.operand, scope);
        if (operand instanceof Unknown) return new Unknown();
        return expression.operator === '!' ? not(operand) : negate(operand);
      }
      case 'is': {
        const operand = this.evaluate(expression.operand, scope);
        if (operand instanceof Unknown) return new Unknown();
        return expression.type === 'number' ? isNumber(operand) : kindOf(operand) === expression.type;
      }
      case 'ternary': {
        const condition = this.evaluate(expression.condition, scope);
        if (condition instanceof Unknown) return new Unknown();
        return this.evaluate(asBoolean(condition) ? expression.whenTrue : expression.whenFalse, scope);
      }
      case 'binary': {
        const { operator, left, right } = expression;
        if (operator === '&&' || operator === '||')
          return this.#either(operator === '||', left, right, scope);
        return binary(operator, this.evaluate(left, scope), this.evaluate(right, scope));
      }
    }
  }

  #count(): void {
    if (++this.#evaluated > MAX_EXPRESSIONS) {
      throw new RuleError(`More than ${MAX_EXPRESSIONS} expressions would have to be evaluated`);
    }
  }

  /** `decisive` is the operand that decides, whatever the other is: true of `||`, false of `&&`. */
  #either(decisive: boolean, left: Expression, right: Expression, scope: Scope): RulesValue {
    this.#count();
    let isOpen = false;
    let failure: RuleError | undefined;
    for (const operand of [left, right]) {
      try {
        const value = this.evaluate(operand, scope);
        if (value instanceof Unknown) isOpen = true;
        else if (asBoolean(value) === decisive) return decisive;
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return isOpen ? new Unknown() : !decisive;
  }

  #variable(name: string, scope: Scope): RulesValue {
    const binding = scope.variable(name);
    if (!binding) return this.#surroundings.globals[name] ?? null;
    if ('expression' in binding) binding.value ??= this.evaluate(binding.expression, binding.scope);
    return binding.value!;
  }

  /** What comes of the values, or Unknown when one of them is. */
  #known(
    expressions: readonly Expression[],
    scope: Scope,
    run: (values: readonly RulesValue[]) => RulesValue,
  ): RulesValue {
    const values = expressions.map((each) => this.evaluate(each, scope));
    return values.some((value) => value instanceof Unknown) ? new Unknown() : run(values);
  }

  #slice(expression: Extract<Expression, { readonly kind: 'slice' }>, scope: Scope): RulesValue {
    const object = this.evaluate(expression.object, scope);
    if (object instanceof Unknown) return object;
    if (typeof object !== 'string' && !Array.isArray(object))
      throw new RuleError(`${kindOf(object)}[:] is not known`);
    const from = expression.from ? this.evaluate(expression.from, scope) : 0n;
    const to = expression.to ? this.evaluate(expression.to, scope) : BigInt(object.length);
    if (from instanceof Unknown || to instanceof Unknown) return new Unknown();
    if (typeof from !== 'bigint' || typeof to !== 'bigint') throw new RuleError('A range wants integers');
    // Where a bound is written it names an element, the first or the last: so `[0:0]` is an error, and `[1:1]` is empty.
    const isIndex = (index: bigint): boolean => index >= 0n && index < BigInt(object.length);
    const isInBounds =
      (!expression.from || isIndex(from)) && (!expression.to || isIndex(to - 1n)) && from <= to;
    if (!isInBounds) throw new RuleError('A range is out of bounds');
    return object.slice(Number(from), Number(to)) as RulesValue;
  }

  #path(segments: readonly (string | Expression)[], scope: Scope): RulesValue {
    const names: string[] = [];
    for (const segment of segments) {
      const value = typeof segment === 'string' ? segment : this.evaluate(segment, scope);
      if (value instanceof Unknown) return new Unknown();
      if (value instanceof Path) {
        names.push(...value.segments);
        continue;
      }
      // Its slashes do not make segments, so nobody can reach into another collection with one.
      names.push(toText(value));
    }
    return new Path(names);
  }

  #call(call: Call, scope: Scope): RulesValue {
    const { object, name, args } = call;
    if (!object) return this.#function(call, scope);
    if (isNamespace(object)) return this.#operate(name, NAMESPACES[object.name]![name]!, args, scope);
    const value = this.evaluate(object, scope);
    if (value instanceof Unknown) return this.#askUnknown(value, name, args, scope);
    const operations = METHODS[kindOf(value)];
    if (!operations || !Object.hasOwn(operations, name))
      throw new RuleError(`${kindOf(value)}.${name}() is not known`);
    return this.#operate(name, operations[name]!, args, scope, [value]);
  }

  /** `before` are values that the operation takes in front of its arguments. */
  #operate(
    name: string,
    operation: Operation,
    args: readonly Expression[],
    scope: Scope,
    before: readonly RulesValue[] = [],
  ): RulesValue {
    return this.#known(args, scope, (values) => {
      checkArguments(name, operation, values);
      return operation.run(...before, ...values);
    });
  }

  /** What follows from the filters of a query although the value itself is open. */
  #askUnknown(value: Unknown, name: string, args: readonly Expression[], scope: Scope): RulesValue {
    if (name === 'keys') {
      const keys = new Unknown();
      for (const key of value.children.keys()) keys.facts.push({ operator: 'contains', value: key });
      return keys;
    }
    const [first] = args.map((each) => this.evaluate(each, scope));
    if (name === 'get' && typeof first === 'string') return value.children.get(first) ?? new Unknown();
    if (name === 'get' && Array.isArray(first)) {
      let found: RulesValue = value;
      for (const key of first as readonly RulesValue[]) {
        found = found instanceof Unknown && typeof key === 'string' ? memberOf(found, key) : new Unknown();
      }
      return found;
    }
    if ((name === 'hasAny' || name === 'hasAll') && Array.isArray(first)) {
      const has = (element: RulesValue): boolean => unknownContains(value, element) ?? false;
      const wanted = first as readonly RulesValue[];
      // That it has all of nothing is true of lists, and an error of anything else.
      if (name === 'hasAny' ? wanted.some(has) : wanted.length > 0 && wanted.every(has)) return true;
    }
    return new Unknown();
  }

  #function({ name, args, position }: Call, scope: Scope): RulesValue {
    const found = scope.function(name);
    if (found) return this.#callFunction(found.called, found.scope, args, scope);
    if (name === 'debug') {
      const value = this.evaluate(args[0]!, scope);
      this.#surroundings.debug(position.line, describe(value));
      return value;
    }
    const reader = READERS.find((each) => each === name);
    if (!reader) return this.#operate(name, FUNCTIONS[name]!, args, scope);
    return this.#known(args, scope, ([path]) => {
      if (!(path instanceof Path)) throw new RuleError(`${name}(${kindOf(path!)}) is not known: want a path`);
      return this.#surroundings.read(reader, path);
    });
  }

  #callFunction(
    called: RulesFunction,
    defined: Scope,
    args: readonly Expression[],
    scope: Scope,
  ): RulesValue {
    const variables = new Map<string, Binding>();
    for (const [i, parameter] of called.parameters.entries()) {
      variables.set(parameter, { expression: args[i]!, scope });
    }
    let inner = new Scope(defined, variables);
    for (const { name, value } of called.lets) {
      inner = new Scope(inner, new Map([[name, { expression: value, scope: inner }]]));
    }
    return this.evaluate(called.result, inner);
  }
}

export function asBoolean(value: RulesValue): boolean {
  if (typeof value !== 'boolean') throw new RuleError(`A condition is of type ${kindOf(value)}: want bool`);
  return value;
}

/** For whoever wrote `debug(…)` to look at. */
function describe(value: RulesValue): string {
  const plain = (_: string, inner: unknown): unknown => {
    if (typeof inner === 'bigint') return Number(inner);
    if (inner instanceof Map) return Object.fromEntries(inner);
    return inner instanceof Path ? inner.toString() : inner;
  };
  return `${kindOf(value)} ${JSON.stringify(value, plain)}`;
}

function memberOf(object: RulesValue, name: string): RulesValue {
  if (object instanceof Unknown) return object.children.get(name) ?? new Unknown();
  if (object === null) throw new RuleError(`"${name}" is asked of null`);
  if (!(object instanceof Map)) throw new RuleError(`"${name}" is asked of ${kindOf(object)}: want a map`);
  const value = (object as RulesMap).get(name);
  if (value === undefined) throw new RuleError(`Property ${name} is undefined on object`);
  return value;
}

function elementOf(object: RulesValue, key: RulesValue): RulesValue {
  if (object instanceof Unknown && typeof key === 'string') return memberOf(object, key);
  if (object instanceof Unknown || key instanceof Unknown) return new Unknown();
  if (object instanceof Map && typeof key === 'string') {
    const value = (object as RulesMap).get(key);
    // The key may come from a document, and is not for messages.
    if (value === undefined) throw new RuleError('A property is undefined on object');
    return value;
  }
  const elements = object instanceof Path ? object.segments : object;
  if (typeof key === 'bigint' && (typeof elements === 'string' || Array.isArray(elements))) {
    const element = (elements as readonly RulesValue[])[Number(key)];
    if (element === undefined) throw new RuleError('An index is out of bounds');
    return element;
  }
  throw new RuleError(`${kindOf(object)}[${kindOf(key)}] is not known`);
}

function toMap(entries: readonly RulesValue[]): RulesMap {
  const map = new Map<string, RulesValue>();
  for (let i = 0; i < entries.length; i += 2) {
    const key = entries[i]!;
    if (typeof key !== 'string') throw new RuleError(`A key of a map is of type ${kindOf(key)}: want string`);
    map.set(key, entries[i + 1]!);
  }
  return map;
}
