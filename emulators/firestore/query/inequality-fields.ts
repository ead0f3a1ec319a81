// The fields that a filter compares by anything but equality; a query is ordered by them implicitly.
import type { FieldPath } from '../values/field-path.ts';
import { formatFieldPath } from '../values/field-path.ts';
import type { Filter } from './query.ts';
import { isComposite } from './query.ts';

const INEQUALITIES: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '!=', 'not-in']);

export function inequalityFields(filter: Filter | undefined): readonly FieldPath[] {
  const fields = new Map<string, FieldPath>();
  const visit = (inner: Filter): void => {
    if (isComposite(inner)) inner.filters.forEach(visit);
    else if (INEQUALITIES.has(inner.op)) fields.set(formatFieldPath(inner.field), inner.field);
  };
  if (filter) visit(filter);
  return [...fields.values()];
}
