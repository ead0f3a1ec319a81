// The documents of one collection, one collection group or a whole database, in the order of their paths,
// with an index per field that queries asked for. An index is built by the first query that wants it and
// kept up to date from then on, so fields that nobody queries cost nothing.
import { compare, equal } from '../values/compare.ts';
import { comparePaths } from '../values/compare-paths.ts';
import type { FieldPath } from '../values/field-path.ts';
import { formatFieldPath, getField } from '../values/field-path.ts';
import type { Value } from '../values/value.ts';
import { isArray } from '../values/value.ts';
import type { Document } from './document.ts';
import { SortedList } from './sorted-list.ts';

/** An element of an array field, for `array-contains`. */
export interface ElementEntry {
  readonly value: Value;
  readonly document: Document;
}

interface Index<T> {
  readonly list: SortedList<T>;
  readonly entriesOf: (document: Document) => T[];
}

export class DocumentSet {
  readonly byPath: SortedList<Document>;
  readonly #fields = new Map<string, Index<Document>>();
  readonly #elements = new Map<string, Index<ElementEntry>>();

  constructor(documents: Iterable<Document> = []) {
    this.byPath = new SortedList<Document>((a, b) => comparePaths(a.path, b.path), documents);
  }

  get size(): number {
    return this.byPath.size;
  }

  /** The documents that have the field, by its value and then by path. */
  byField(field: FieldPath): SortedList<Document> {
    return this.#index(
      this.#fields,
      field,
      (document) => (getField(document.fields, field) === undefined ? [] : [document]),
      (a, b) =>
        compare(getField(a.fields, field)!, getField(b.fields, field)!) || comparePaths(a.path, b.path),
    );
  }

  /** The distinct elements of the arrays in the field, by value and then by path of their document. */
  byElement(field: FieldPath): SortedList<ElementEntry> {
    return this.#index(
      this.#elements,
      field,
      (document) => {
        const array = getField(document.fields, field);
        if (!isArray(array)) return [];
        const sorted = array.toSorted(compare);
        return sorted
          .filter((value, i) => i === 0 || !equal(value, sorted[i - 1]!))
          .map((value) => ({ value, document }));
      },
      (a, b) => compare(a.value, b.value) || comparePaths(a.document.path, b.document.path),
    );
  }

  change(before: Document | undefined, after: Document | undefined): void {
    if (before && after) this.byPath.replace(before, after);
    else if (before) this.byPath.delete(before);
    else if (after) this.byPath.add(after);
    for (const index of this.#fields.values()) update(index, before, after);
    for (const index of this.#elements.values()) update(index, before, after);
  }

  #index<T>(
    indexes: Map<string, Index<T>>,
    field: FieldPath,
    entriesOf: Index<T>['entriesOf'],
    order: (a: T, b: T) => number,
  ): SortedList<T> {
    const key = formatFieldPath(field);
    let index = indexes.get(key);
    if (!index) {
      const entries: T[] = [];
      for (const document of this.byPath.walk()) entries.push(...entriesOf(document));
      index = { list: new SortedList(order, entries), entriesOf };
      indexes.set(key, index);
    }
    return index.list;
  }
}

function update<T>(index: Index<T>, before: Document | undefined, after: Document | undefined): void {
  for (const entry of before ? index.entriesOf(before) : []) index.list.delete(entry);
  for (const entry of after ? index.entriesOf(after) : []) index.list.add(entry);
}
