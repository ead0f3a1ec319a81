// The ranges of values that filters stand for, as the two cuts that an index is walked between.
import type { Cut } from '../store/sorted-list.ts';
import { compare } from '../values/compare.ts';
import { kindOf } from '../values/value.ts';
import type { Value } from '../values/value.ts';
import type { FieldFilter, RangeFilter, RangeOperator } from './query.ts';

export function isRangeFilter(filter: FieldFilter): filter is RangeFilter {
  return filter.op === '==' || filter.op.startsWith('<') || filter.op.startsWith('>');
}

/** A range of values: those not before `from` and before `to`. */
export interface Range {
  readonly from: Cut<Value>;
  readonly to: Cut<Value>;
  /** All values in the range are equal, so that the order within it is that of the paths. */
  readonly single: boolean;
}

export const EVERYTHING: Range = { from: () => false, to: () => true, single: false };

/** Inequalities match values of the same kind only. */
export function rangeOf(op: RangeOperator, bound: Value): Range {
  const kind = kindOf(bound);
  const beforeKind: Cut<Value> = (value) => kindOf(value) !== kind && compare(value, bound) < 0;
  const withinKind: Cut<Value> = (value) => kindOf(value) === kind || compare(value, bound) < 0;
  const before: Cut<Value> = (value) => compare(value, bound) < 0;
  const upTo: Cut<Value> = (value) => compare(value, bound) <= 0;
  switch (op) {
    case '==':
      return { from: before, to: upTo, single: true };
    case '<':
      return { from: beforeKind, to: before, single: false };
    case '<=':
      return { from: beforeKind, to: upTo, single: false };
    case '>':
      return { from: upTo, to: withinKind, single: false };
    case '>=':
      return { from: before, to: withinKind, single: false };
  }
}

export function intersection(a: Range, b: Range): Range {
  return {
    from: (value) => a.from(value) || b.from(value),
    to: (value) => a.to(value) && b.to(value),
    single: a.single || b.single,
  };
}
