// Which collections stand under a document, also under one that does not exist itself ("missing"):
// only documents are stored, so this counts the collections that have any, along their ancestors.
import { collectionOf, lastSegment, parentOfCollection } from '../names.ts';

export class CollectionTree {
  /** Path of a document (empty for the root) → id of a collection under it → non-empty collections at or below it. */
  readonly #children = new Map<string, Map<string, number>>();
  /** Path of a collection → paths of its documents that have collections under them. */
  readonly #parents = new Map<string, Set<string>>();

  collectionIds(parent: string): readonly string[] {
    return [...(this.#children.get(parent)?.keys() ?? [])];
  }

  /** Documents of a collection, existing or not, that have collections under them. */
  parentsIn(collection: string): Iterable<string> {
    return this.#parents.get(collection) ?? [];
  }

  /** The collection got its first document. */
  add(collection: string): void {
    this.#count(collection, 1);
  }

  /** The collection lost its last document. */
  remove(collection: string): void {
    this.#count(collection, -1);
  }

  clear(): void {
    this.#children.clear();
    this.#parents.clear();
  }

  #count(collection: string, difference: number): void {
    const parent = parentOfCollection(collection);
    const id = lastSegment(collection);
    const children = this.#children.get(parent) ?? new Map<string, number>();
    const count = (children.get(id) ?? 0) + difference;
    if (count > 0) children.set(id, count);
    else children.delete(id);
    if (children.size > 0) this.#children.set(parent, children);
    else this.#children.delete(parent);
    if (parent === '') return;
    const above = collectionOf(parent);
    const parents = this.#parents.get(above) ?? new Set<string>();
    if (children.size > 0) parents.add(parent);
    else parents.delete(parent);
    if (parents.size > 0) this.#parents.set(above, parents);
    else this.#parents.delete(above);
    this.#count(above, difference);
  }
}
