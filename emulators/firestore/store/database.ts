// One database: its documents, the ordered sets that queries walk, its history and who listens to it.
// It knows nothing of writes, masks or transactions: it is told which document takes which place.
import type { Clock } from '../../shared/clock.ts';
import { collectionOf, lastSegment } from '../names.ts';
import type { Micros } from '../protocol/time.ts';
import { CollectionTree } from './collection-tree.ts';
import { CommitClock } from './commit-clock.ts';
import { DocumentSet } from './document-set.ts';
import type { Change, Commit, Document } from './document.ts';
import { History } from './history.ts';

/** The state of a database at one time, as far as single documents go. */
export interface Snapshot {
  readonly time: Micros;
  /** Documents that were different then from what they are now; empty for the present. */
  readonly differences: ReadonlyMap<string, Document | undefined>;
  get(path: string): Document | undefined;
}

const NO_DIFFERENCES: ReadonlyMap<string, Document | undefined> = new Map();

export class Database {
  readonly name: string;
  readonly clock: CommitClock;
  readonly history = new History();
  readonly #documents = new Map<string, Document>();
  readonly #tree = new CollectionTree();
  readonly #collections = new Map<string, DocumentSet>();
  readonly #groups = new Map<string, DocumentSet>();
  #all: DocumentSet | undefined;
  readonly #listeners = new Set<(commit: Commit) => void>();

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.clock = new CommitClock(clock);
  }

  get(path: string): Document | undefined {
    return this.#documents.get(path);
  }

  get size(): number {
    return this.#documents.size;
  }

  documents(): Iterable<Document> {
    return this.#documents.values();
  }

  /** `undefined` when the collection has no documents. */
  collection(path: string): DocumentSet | undefined {
    return this.#collections.get(path);
  }

  /** The documents of all collections with an id; ordered by the first query that asks. */
  group(id: string): DocumentSet {
    let set = this.#groups.get(id);
    if (!set) {
      const members: Document[] = [];
      for (const [path, collection] of this.#collections) {
        if (lastSegment(path) === id) for (const document of collection.byPath.walk()) members.push(document);
      }
      set = new DocumentSet(members);
      this.#groups.set(id, set);
    }
    return set;
  }

  /** All documents; ordered by the first query that asks. */
  all(): DocumentSet {
    this.#all ??= new DocumentSet(this.#documents.values());
    return this.#all;
  }

  /** The present, or with `time` the past; throws FAILED_PRECONDITION when that is forgotten. */
  snapshot(time?: Micros): Snapshot {
    const now = this.clock.readTime();
    if (time === undefined || time >= now) {
      return { time: time ?? now, differences: NO_DIFFERENCES, get: (path) => this.get(path) };
    }
    const differences = this.history.at(time);
    return {
      time,
      differences,
      get: (path) => (differences.has(path) ? differences.get(path) : this.get(path)),
    };
  }

  /** Which collections there are in a snapshot. Only the present is kept; the past is told from its documents. */
  treeIn({ differences }: Snapshot): CollectionTree {
    if (differences.size === 0) return this.#tree;
    const past = [...differences.values()].filter((document) => document !== undefined);
    const unchanged = [...this.documents()].filter(({ path }) => !differences.has(path));
    const tree = new CollectionTree();
    for (const path of new Set([...past, ...unchanged].map((document) => collectionOf(document.path)))) {
      tree.add(path);
    }
    return tree;
  }

  /** Puts all changes in place at once, then tells the listeners before it returns. */
  apply(commit: Commit): void {
    if (commit.changes.length === 0) return;
    for (const change of commit.changes) this.#put(change);
    this.history.add(commit);
    for (const listener of this.#listeners) listener(commit);
  }

  /** Forgets all documents without telling the listeners. */
  clear(): void {
    this.#documents.clear();
    this.#collections.clear();
    this.#groups.clear();
    this.#all = undefined;
    this.#tree.clear();
    this.history.clear(this.clock.commitTime());
  }

  /** Puts these documents in the place of all others without telling the listeners. */
  load(documents: Iterable<Document>): void {
    this.clear();
    for (const document of documents) {
      this.clock.observe(document.updateTime);
      this.#put({ path: document.path, before: undefined, after: document });
    }
    this.history.clear(this.clock.commitTime());
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put({ path, before, after }: Change): void {
    if (after) this.#documents.set(path, after);
    else this.#documents.delete(path);
    const collection = collectionOf(path);
    this.#putInCollection(collection, before, after);
    this.#groups.get(lastSegment(collection))?.change(before, after);
    this.#all?.change(before, after);
  }

  #putInCollection(path: string, before: Document | undefined, after: Document | undefined): void {
    let set = this.#collections.get(path);
    if (!set) {
      set = new DocumentSet();
      this.#collections.set(path, set);
      this.#tree.add(path);
    }
    set.change(before, after);
    if (set.size === 0) {
      this.#collections.delete(path);
      this.#tree.remove(path);
    }
  }
}
