// Whether a document belongs to a query's result, before order, cursors and limits.
import { collectionOf, joinPath, lastSegment, parentOfCollection } from '../names.ts';
import type { Document } from '../store/document.ts';
import { compare, equal } from '../values/compare.ts';
import type { FieldPath } from '../values/field-path.ts';
import { getField, isDocumentId } from '../values/field-path.ts';
import { isArray, kindOf, Reference } from '../values/value.ts';
import type { Value } from '../values/value.ts';
import type { FieldFilter, Filter, Order, Query, Source } from './query.ts';
import { isComposite } from './query.ts';

export function matches(query: Query, document: Document): boolean {
  return (
    isInSource(query.source, document.path) &&
    hasOrderedFields(query.orderBy, document) &&
    (query.where === undefined || passes(query.where, document))
  );
}

export function isInSource({ parent, collectionId, allDescendants }: Source, path: string): boolean {
  const collection = collectionOf(path);
  if (!allDescendants) {
    return collectionId === undefined
      ? parentOfCollection(collection) === parent
      : collection === joinPath(parent, collectionId);
  }
  return (
    (collectionId === undefined || lastSegment(collection) === collectionId) &&
    (parent === '' || path.startsWith(`${parent}/`))
  );
}

/** The value that filters and orders see; the name as a reference that holds the path. */
export function fieldOf(document: Document, field: FieldPath): Value | undefined {
  return isDocumentId(field) ? new Reference(document.path) : getField(document.fields, field);
}

export function passes(filter: Filter, document: Document): boolean {
  if (isComposite(filter)) {
    return filter.op === 'and'
      ? filter.filters.every((inner) => passes(inner, document))
      : filter.filters.some((inner) => passes(inner, document));
  }
  const value = fieldOf(document, filter.field);
  return value !== undefined && passesField(filter, value);
}

/** null and NaN are matched by `==` alone: as an element, of a list or of an array, they match nothing. */
export function isMatchable(value: Value): boolean {
  return value !== null && !Number.isNaN(value);
}

function passesField(filter: FieldFilter, value: Value): boolean {
  switch (filter.op) {
    case '==':
      return equal(value, filter.value);
    case '!=':
      return value !== null && !equal(value, filter.value);
    case '<':
      return areInRange(value, filter.value) && compare(value, filter.value) < 0;
    case '<=':
      return areInRange(value, filter.value) && compare(value, filter.value) <= 0;
    case '>':
      return areInRange(value, filter.value) && compare(value, filter.value) > 0;
    case '>=':
      return areInRange(value, filter.value) && compare(value, filter.value) >= 0;
    case 'array-contains':
      return (
        isArray(value) && isMatchable(filter.value) && value.some((element) => equal(element, filter.value))
      );
    case 'in':
      return isMatchable(value) && filter.values.some((wanted) => equal(value, wanted));
    case 'not-in':
      return value !== null && !filter.values.some((unwanted) => unwanted === null || equal(value, unwanted));
    case 'array-contains-any':
      return (
        isArray(value) &&
        filter.values.some((wanted) => isMatchable(wanted) && value.some((element) => equal(element, wanted)))
      );
  }
}

/** Inequalities match values of the kind of their bound only, and NaN, though it has a place in the order, never. */
function areInRange(value: Value, bound: Value): boolean {
  return kindOf(value) === kindOf(bound) && !Number.isNaN(value) && !Number.isNaN(bound);
}

function hasOrderedFields(orderBy: readonly Order[], document: Document): boolean {
  return orderBy.every(({ field }) => isDocumentId(field) || getField(document.fields, field) !== undefined);
}
