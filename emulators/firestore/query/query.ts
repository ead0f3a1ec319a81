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

export type RangeOperator = '==' | '<' | '<=' | '>' | '>=';
export type ValueOperator = RangeOperator | '!=' | 'array-contains';
export type ListOperator = 'in' | 'not-in' | 'array-contains-any';

/** A filter that stands for one range of values. */
export interface RangeFilter {
  readonly op: RangeOperator;
  readonly field: FieldPath;
  readonly value: Value;
}

/** The document's name is compared as a `Reference` that holds its path. */
export type FieldFilter =
  | RangeFilter
  | {
      readonly op: Exclude<ValueOperator, RangeOperator>;
      readonly field: FieldPath;
      readonly value: Value;
    }
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

export type DistanceMeasure = 'EUCLIDEAN' | 'COSINE' | 'DOT_PRODUCT';

/** A search among the documents of a query for those whose vector is nearest to a given one. */
export interface Nearest {
  readonly field: FieldPath;
  readonly vector: readonly number[];
  readonly measure: DistanceMeasure;
  readonly limit: number;
  /** Documents farther away than this are left out; for a dot product, those with a smaller one. */
  readonly threshold: number | undefined;
  /** The field in which the distance is returned. */
  readonly resultField: FieldPath | undefined;
}

export interface Query {
  readonly source: Source;
  readonly where: Filter | undefined;
  /** Complete: has the document's name, behind which nothing decides the order any more. */
  readonly orderBy: readonly Order[];
  readonly startAt: Cursor | undefined;
  readonly endAt: Cursor | undefined;
  readonly offset: number;
  readonly limit: number | undefined;
  /** Applies to what all of the above has left. */
  readonly nearest: Nearest | undefined;
  /** `undefined` is all fields. */
  readonly select: readonly FieldPath[] | undefined;
}

export function isComposite(filter: Filter): filter is CompositeFilter {
  return 'filters' in filter;
}
