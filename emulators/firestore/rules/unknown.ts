// What can be said of a value that a query leaves open. Whoever lists is asked before a document is looked at, so a
// rule sees of the documents what the filters of the query promise. What does not follow from that is undefined.
import type { Fact, RulesValue, Unknown } from './value.ts';
import { equals, order } from './value.ts';

export type OrderOperator = '<' | '<=' | '>' | '>=';

export function equalsUnknown({ facts }: Unknown, value: RulesValue): boolean | undefined {
  const known = facts.find(({ operator }) => operator === '==');
  if (known) return equals(known.value, value);
  return facts.some((fact) => isRuledOut(fact, value)) ? false : undefined;
}

/** Whether `unknown <operator> value`. */
export function compareUnknown(
  { facts }: Unknown,
  operator: OrderOperator,
  value: RulesValue,
): boolean | undefined {
  const outcomes = facts.map((fact) => implied(fact, operator, value));
  if (outcomes.includes(true)) return true;
  return outcomes.includes(false) ? false : undefined;
}

/** Whether it is a list with the element. */
export function unknownContains({ facts }: Unknown, element: RulesValue): true | undefined {
  const has = facts.some((fact) => fact.operator === 'contains' && equals(fact.value, element));
  return has || undefined;
}

/** Whether a value that keeps to the fact cannot be this one. A range holds values of its bound's type only. */
function isRuledOut({ operator, value: bound }: Fact, value: RulesValue): boolean {
  if (operator === '!=') return equals(bound, value);
  // Firestore orders types that rules do not.
  if (operator === '==' || operator === 'contains' || order(bound, bound) === undefined) return false;
  const difference = order(value, bound);
  return difference === undefined || !holds(operator, difference);
}

/** Whether two values with this difference are in this order. */
export function holds(operator: OrderOperator, difference: number): boolean {
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

const OPPOSITE = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;

function implied(fact: Fact, operator: OrderOperator, value: RulesValue): boolean | undefined {
  if (fact.operator === '!=' || fact.operator === 'contains') return undefined;
  const difference = order(fact.value, value);
  if (difference === undefined || Number.isNaN(difference)) return undefined;
  if (fact.operator === '==') return holds(operator, difference);
  if (follows(fact.operator, difference, operator)) return true;
  return follows(fact.operator, difference, OPPOSITE[operator]) ? false : undefined;
}

/** Whether all that is `<has>` the bound is `<wanted>` the value; `difference` is the bound's from the value. */
function follows(has: OrderOperator, difference: number, wanted: OrderOperator): boolean {
  if (has[0] !== wanted[0]) return false;
  const isStrict = wanted.length === 1 && has.length === 2;
  if (difference === 0) return !isStrict;
  return has[0] === '<' ? difference < 0 : difference > 0;
}
