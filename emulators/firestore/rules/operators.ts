// The operators between two values, and those before one.
import type { BinaryOperator } from './syntax.ts';
import { checkedInteger } from './functions.ts';
import type { OrderOperator } from './unknown.ts';
import { compareUnknown, equalsUnknown, holds, unknownContains } from './unknown.ts';
import type { RulesValue } from './value.ts';
import {
  Duration,
  equals,
  identical,
  isNumber,
  kindOf,
  nanosOf,
  order,
  RuleError,
  RulesSet,
  timestampOf,
  Unknown,
} from './value.ts';
import { Timestamp } from '../values/value.ts';

type Operator = Exclude<BinaryOperator, '&&' | '||'>;

const MIRRORED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** Throws RuleError when the types do not go together. */
export function binary(operator: Operator, left: RulesValue, right: RulesValue): RulesValue {
  if (left instanceof Unknown || right instanceof Unknown) return withUnknown(operator, left, right);
  if (operator === '==') return equals(left, right);
  if (operator === '!=') return !equals(left, right);
  if (operator === 'in') return isIn(left, right);
  return isOrder(operator) ? compares(operator, left, right) : calculate(operator, left, right);
}

function isOrder(operator: Operator): operator is OrderOperator {
  return operator in MIRRORED;
}

function withUnknown(operator: Operator, left: RulesValue, right: RulesValue): RulesValue {
  const [unknown, value] = left instanceof Unknown ? [left, right] : [right as Unknown, left];
  // Of two unknown values nothing is known.
  if (value instanceof Unknown) return new Unknown();
  if (operator === '==' || operator === '!=') {
    const isEqual = equalsUnknown(unknown, value);
    return isEqual === undefined ? new Unknown() : isEqual === (operator === '==');
  }
  if (isOrder(operator)) {
    return compareUnknown(unknown, unknown === left ? operator : MIRRORED[operator], value) ?? new Unknown();
  }
  if (operator !== 'in') return new Unknown();
  if (unknown === left) return isOneOf(unknown, value);
  if (typeof value === 'string' && unknown.children.has(value)) return true;
  return unknownContains(unknown, value) ?? new Unknown();
}

/** Numbers are left open: in a list `1` is not `1.0`, but a query takes them for the same. */
function isOneOf(unknown: Unknown, values: RulesValue): RulesValue {
  if (!Array.isArray(values)) return new Unknown();
  const isRuledOut = values.every((value: RulesValue) => equalsUnknown(unknown, value) === false);
  return isRuledOut ? false : new Unknown();
}

export function not(value: RulesValue): boolean {
  if (typeof value !== 'boolean') throw new RuleError(`!${kindOf(value)} is not known`);
  return !value;
}

export function negate(value: RulesValue): RulesValue {
  if (typeof value === 'bigint') return checkedInteger(-value);
  if (typeof value === 'number') return -value;
  if (value instanceof Duration) return new Duration(-value.nanos);
  throw new RuleError(`-${kindOf(value)} is not known`);
}

function isIn(value: RulesValue, values: RulesValue): boolean {
  if (Array.isArray(values)) return values.some((element: RulesValue) => identical(element, value));
  if (values instanceof RulesSet) return values.has(value);
  if (values instanceof Map && typeof value === 'string') return values.has(value);
  throw new RuleError(`${kindOf(value)} in ${kindOf(values)} is not known`);
}

function compares(operator: OrderOperator, left: RulesValue, right: RulesValue): boolean {
  const difference = order(left, right);
  if (difference !== undefined) return holds(operator, difference);
  throw new RuleError(`${kindOf(left)} ${operator} ${kindOf(right)} is not known`);
}

type Arithmetic = '+' | '-' | '*' | '/' | '%';

function calculate(operator: Arithmetic, left: RulesValue, right: RulesValue): RulesValue {
  if (typeof left === 'bigint' && typeof right === 'bigint') return integers(operator, left, right);
  if (isNumber(left) && isNumber(right)) return floats(operator, Number(left), Number(right));
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (operator === '+' || operator === '-') {
    const time = times(operator, left, right);
    if (time !== undefined) return time;
  }
  throw new RuleError(`${kindOf(left)} ${operator} ${kindOf(right)} is not known`);
}

function integers(operator: Arithmetic, left: bigint, right: bigint): bigint {
  if ((operator === '/' || operator === '%') && right === 0n)
    throw new RuleError('An integer is divided by zero');
  switch (operator) {
    case '+':
      return checkedInteger(left + right);
    case '-':
      return checkedInteger(left - right);
    case '*':
      return checkedInteger(left * right);
    case '/':
      return checkedInteger(left / right);
    case '%':
      return left % right;
  }
}

function floats(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function times(operator: '+' | '-', left: RulesValue, right: RulesValue): RulesValue | undefined {
  const by = (nanos: bigint): bigint => (operator === '+' ? nanos : -nanos);
  if (left instanceof Duration && right instanceof Duration)
    return new Duration(left.nanos + by(right.nanos));
  if (left instanceof Timestamp && right instanceof Duration)
    return timestampOf(nanosOf(left) + by(right.nanos));
  if (left instanceof Duration && right instanceof Timestamp && operator === '+') {
    return timestampOf(left.nanos + nanosOf(right));
  }
  if (left instanceof Timestamp && right instanceof Timestamp && operator === '-') {
    return new Duration(nanosOf(left) - nanosOf(right));
  }
  return undefined;
}
