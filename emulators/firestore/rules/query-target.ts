// A query as rules see it: where its documents may lie, and what its filters promise of them. A query with OR is
// several, and each of them has to be allowed.
import type { Query, FieldFilter, Filter } from '../query/query.ts';
import { isComposite } from '../query/query.ts';
import type { FieldPath } from '../values/field-path.ts';
import { isDocumentId } from '../values/field-path.ts';
import { Reference } from '../values/value.ts';
import type { Value } from '../values/value.ts';
import { toRulesValue } from './evaluation/convert.ts';
import type { Target } from './match.ts';
import { ANY_MANY, ANY_ONE } from './match.ts';
import type { FactOperator, RulesValue } from './evaluation/value.ts';
import { Path, Unknown } from './evaluation/value.ts';

export interface QueryPart {
  /** Of the documents, within the database. */
  readonly target: Target;
  /** Of the collection, for `request.path`; undefined when there may be several. */
  readonly collection: readonly string[] | undefined;
  /** `resource` */
  readonly resource: Unknown;
}

export function queryParts(query: Query, prefix: readonly string[]): readonly QueryPart[] {
  return conjunctions(query.where).map((filters) => queryPart(query, filters, prefix));
}

function queryPart(query: Query, filters: readonly FieldFilter[], prefix: readonly string[]): QueryPart {
  const { parent, collectionId, allDescendants } = query.source;
  const data = new Unknown();
  data.facts.push({ operator: '!=', value: null });
  // A document that is ordered by a field has it.
  for (const { field } of query.orderBy) if (!isDocumentId(field)) fieldOf(data, field);
  for (const filter of filters) promise(data, filter);
  const resource = new Unknown();
  resource.facts.push({ operator: '!=', value: null });
  resource.children.set('data', data);

  const above = [...prefix, ...segmentsOf(parent)];
  const last: Target = [collectionId ?? ANY_ONE, ANY_ONE];
  const name = filters.find(({ field, op }) => isDocumentId(field) && op === '==');
  if (name && 'value' in name && name.value instanceof Reference) {
    const target = [...prefix, ...segmentsOf(name.value.name)];
    resource.children.set('id', target.at(-1)!).set('__name__', new Path(target));
    return { target, collection: target.slice(0, -1), resource };
  }
  if (allDescendants) {
    return { target: [...above, ANY_MANY, ...last], collection: undefined, resource };
  }
  const known = collectionId === undefined ? undefined : [...above, collectionId];
  return { target: [...above, ...last], collection: known, resource };
}

/** The filter without OR, `in` and `array-contains-any`: the document passes all filters of one of the lists. */
function conjunctions(filter: Filter | undefined): readonly (readonly FieldFilter[])[] {
  if (!filter) return [[]];
  if (isComposite(filter)) {
    const inner = filter.filters.map(conjunctions);
    if (filter.op === 'or') return inner.flat();
    return inner.reduce((all, some) => all.flatMap((each) => some.map((more) => [...each, ...more])));
  }
  if (filter.op === 'in') return filter.values.map((value) => [{ op: '==', field: filter.field, value }]);
  if (filter.op === 'array-contains-any') {
    return filter.values.map((value) => [{ op: 'array-contains', field: filter.field, value }]);
  }
  return [[filter]];
}

function promise(data: Unknown, filter: FieldFilter): void {
  if (isDocumentId(filter.field)) return;
  const unknown = fieldOf(data, filter.field);
  if ('values' in filter) {
    for (const value of [...filter.values, null]) addFact(unknown, '!=', value);
    return;
  }
  if (filter.op === '==') {
    const value = toRulesValue(filter.value);
    if (!holdsNumber(value)) return setField(data, filter.field, value);
    // The document may have the number as an integer or as a float.
    if (typeof value === 'bigint' || typeof value === 'number') unknown.facts.push({ operator: '==', value });
    return;
  }
  if (filter.op === '!=') addFact(unknown, '!=', null);
  addFact(unknown, filter.op === 'array-contains' ? 'contains' : filter.op, filter.value);
}

function addFact(unknown: Unknown, operator: FactOperator, value: Value): void {
  const known = toRulesValue(value);
  // Of NaN and of numbers within lists and maps rules have another notion than queries.
  const isWithin = operator === 'contains' || typeof known === 'object';
  if (Number.isNaN(known) || (isWithin && holdsNumber(known))) return;
  unknown.facts.push({ operator, value: known });
}

/** The field as something unknown that exists; what a former filter says of it stays. */
function fieldOf(data: Unknown, field: FieldPath): Unknown {
  let at = data;
  for (const name of field) {
    const inner = at.children.get(name);
    // A filter has told the value already: what else is said adds nothing.
    if (inner !== undefined && !(inner instanceof Unknown)) return new Unknown();
    const next = inner ?? new Unknown();
    at.children.set(name, next);
    at = next;
  }
  return at;
}

function setField(data: Unknown, field: FieldPath, value: RulesValue): void {
  const outer = fieldOf(data, field.slice(0, -1));
  outer.children.set(field.at(-1)!, value);
}

function holdsNumber(value: RulesValue): boolean {
  if (typeof value === 'number' || typeof value === 'bigint') return true;
  if (value instanceof Map) return [...(value as ReadonlyMap<string, RulesValue>).values()].some(holdsNumber);
  return Array.isArray(value) && (value as readonly RulesValue[]).some(holdsNumber);
}

function segmentsOf(path: string): readonly string[] {
  return path === '' ? [] : path.split('/');
}
