// What documents were before recent changes: enough to read the database as it was a while ago, and to tell
// what changed since. Old entries fall off, by age and by number.
import type { Micros } from '../protocol/time.ts';
import { StatusError } from '../../shared/status.ts';
import type { Change, Commit, Document } from './document.ts';

const MAX_AGE: Micros = 3_600_000_000; // the service, too, answers reads of the past hour
const MAX_CHANGES = 100_000;

interface Entry extends Change {
  readonly time: Micros;
}

export class History {
  /** In order of time; those before `#first` are forgotten but not yet removed. */
  #entries: Entry[] = [];
  #first = 0;
  /** The state right after this time, and at any later one, can be rebuilt. */
  #forgottenUntil: Micros = 0;

  add(commit: Commit): void {
    for (const change of commit.changes) this.#entries.push({ ...change, time: commit.time });
    this.#forget(commit.time - MAX_AGE);
  }

  clear(time: Micros): void {
    this.#entries = [];
    this.#first = 0;
    this.#forgottenUntil = time;
  }

  /** The changes after a time, oldest first; undefined when they are no longer known. */
  since(time: Micros): readonly Change[] | undefined {
    if (time < this.#forgottenUntil) return undefined;
    let low = this.#first;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.time <= time) low = middle + 1;
      else high = middle;
    }
    return this.#entries.slice(low);
  }

  /** What the documents that changed after a time were at that time. */
  at(time: Micros): ReadonlyMap<string, Document | undefined> {
    const changes = this.since(time);
    if (!changes) throw new StatusError('FAILED_PRECONDITION', 'The requested snapshot version is too old.');
    const documents = new Map<string, Document | undefined>();
    for (const change of changes) if (!documents.has(change.path)) documents.set(change.path, change.before);
    return documents;
  }

  #forget(before: Micros): void {
    const excess = this.#entries.length - MAX_CHANGES;
    while (
      this.#first < this.#entries.length &&
      (this.#first < excess || this.#entries[this.#first]!.time < before)
    ) {
      this.#forgottenUntil = this.#entries[this.#first]!.time;
      this.#first++;
    }
    // Removing in bulk keeps the cost of a commit independent of the length of the history.
    if (this.#first > 10_000) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}
