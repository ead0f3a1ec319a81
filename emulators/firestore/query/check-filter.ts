// The limits on filters.
// https://cloud.google.com/firestore/docs/query-data/queries#query_limitations
import { invalidArgument } from '../../shared/status.ts';
import { inequalityFields } from './inequality-fields.ts';
import type { FieldFilter, Filter } from './query.ts';
import { isComposite } from './query.ts';

const MAX_DISJUNCTIONS = 30;
const MAX_NOT_IN = 10;
const MAX_INEQUALITY_FIELDS = 10;

export function checkFilter(filter: Filter): void {
  const leaves = leavesOf(filter);
  for (const leaf of leaves) checkList(leaf);
  const operators = leaves.map(({ op }) => op);
  const notIns = operators.filter((op) => op === 'not-in').length;
  if (notIns > 1) throw invalidArgument("Only a single 'NOT_IN' filter is allowed per query.");
  if (notIns === 1) {
    if (operators.includes('!='))
      throw invalidArgument("'NOT_IN' cannot be used in the same query with 'NOT_EQUAL'.");
    if (operators.includes('in') || operators.includes('array-contains-any') || hasOr(filter)) {
      throw invalidArgument(
        "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.",
      );
    }
  }
  if (operators.filter((op) => op === '!=').length > 1) {
    throw invalidArgument("Only a single 'NOT_EQUAL' filter is allowed per query.");
  }
  if (inequalityFields(filter).length > MAX_INEQUALITY_FIELDS) {
    throw invalidArgument(`A query may have inequalities on ${MAX_INEQUALITY_FIELDS} fields at most.`);
  }
  if (disjunctions(filter) > MAX_DISJUNCTIONS) {
    throw invalidArgument(`The query has more than ${MAX_DISJUNCTIONS} disjunctions in its normal form.`);
  }
  if (arrayContainsPerDisjunction(filter) > 1) {
    throw invalidArgument("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
  }
}

function checkList(leaf: FieldFilter): void {
  if (!('values' in leaf)) return;
  const name = leaf.op.toUpperCase().replaceAll('-', '_');
  if (leaf.values.length === 0) throw invalidArgument(`'${name}' requires an non-empty ArrayValue.`);
  const most = leaf.op === 'not-in' ? MAX_NOT_IN : MAX_DISJUNCTIONS;
  if (leaf.values.length > most) {
    throw invalidArgument(`'${name}' supports up to ${most} comparison values.`);
  }
}

function leavesOf(filter: Filter): readonly FieldFilter[] {
  return isComposite(filter) ? filter.filters.flatMap(leavesOf) : [filter];
}

function hasOr(filter: Filter): boolean {
  return (
    isComposite(filter) && ((filter.op === 'or' && filter.filters.length > 1) || filter.filters.some(hasOr))
  );
}

/** How many conjunctions the filter becomes when its ORs are moved outside. */
function disjunctions(filter: Filter): number {
  if (!isComposite(filter)) {
    return filter.op === 'in' || filter.op === 'array-contains-any' ? filter.values.length : 1;
  }
  const counts = filter.filters.map(disjunctions);
  return filter.op === 'or' ? counts.reduce((a, b) => a + b, 0) : counts.reduce((a, b) => a * b, 1);
}

function arrayContainsPerDisjunction(filter: Filter): number {
  if (!isComposite(filter))
    return filter.op === 'array-contains' || filter.op === 'array-contains-any' ? 1 : 0;
  const counts = filter.filters.map(arrayContainsPerDisjunction);
  return filter.op === 'or' ? Math.max(...counts) : counts.reduce((a, b) => a + b, 0);
}
