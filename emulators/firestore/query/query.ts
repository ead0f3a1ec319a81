// A structured query after validation, with everything implicit made explicit.
import type { FieldPath } from '../values/field-path.ts';
import type { ArrayValue, Value } from '../values/value.ts';

/** Where the documents come from. */
export interface Source {
  /** Path of a document; empty for the root. */
  readonly parent: string;
  /** `undefined` is every collection. */
  readonly collectionId: string | undefined;
  /** Whether deeper descendants of the parent are meant too, or its own collections only. */
  readonly allDescendants: boolean;
}

export type ValueOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'array-contains';
export type ListOperator = 'in' | 'not-in' | 'array-contains-any';

/** The document's name is compared as a `Reference` that holds its path. */
export type FieldFilter =
  | { readonly op: ValueOperator; readonly field: FieldPath; readonly value: Value }
  | { readonly op: ListOperator; readonly field: FieldPath; readonly values: ArrayValue };

export interface CompositeFilter {
  readonly op: 'and' | 'or';
  readonly filters: readonly Filter[];
}

export type Filter = FieldFilter | CompositeFilter;

export interface Order {
  readonly field: FieldPath;
  readonly descending: boolean;
}

/** A place in the ordered result: right before or right after the documents with these values. */
export interface Cursor {
  readonly values: ArrayValue;
  readonly before: boolean;
}

export interface Query {
  readonly source: Source;
  readonly where: Filter | undefined;
  /** Complete: ends with the document's name. */
  readonly orderBy: readonly Order[];
  readonly startAt: Cursor | undefined;
  readonly endAt: Cursor | undefined;
  readonly offset: number;
  readonly limit: number | undefined;
  /** `undefined` is all fields. */
  readonly select: readonly FieldPath[] | undefined;
}

export function isComposite(filter: Filter): filter is CompositeFilter {
  return 'filters' in filter;
}
