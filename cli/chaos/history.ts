// What Firestore committed, in its own words and order: the app may not know whether a write of its own arrived, this
// does. Our own status writes are no part of it.
import type { DocumentChange } from '../../emulators/firestore/change-events.ts';
import { documentToJson } from '../../emulators/firestore/protocol/document-json.ts';
import { formatRfc3339 } from '../../emulators/shared/proto/rfc3339.ts';
import { expectedRow, toMicros, type ExpectedRow, type Fields } from './expected-row.ts';
import { REFUSED_FIELD } from './session-script.ts';

/** One state of a session's document; a document that is deleted is not completed. */
export interface State {
  /** RFC 3339 UTC with microseconds: sorts as text. */
  readonly updateTime: string;
  readonly completed: boolean;
  /** It was not completed, or not there, just before. */
  readonly becameCompleted: boolean;
  /** What its row must be; undefined when there must be none. */
  readonly row: ExpectedRow | undefined;
}

export type History = ReadonlyMap<string, readonly State[]>;

const SESSION = /^users\/[^/]+\/sessions\/[^/]+$/;

export class HistoryRecorder {
  readonly #sessions = new Map<string, State[]>();

  get sessions(): History {
    return this.#sessions;
  }

  observe(changes: readonly DocumentChange[]): void {
    for (const change of changes) if (SESSION.test(change.path)) this.#add(change);
  }

  #add({ path, before: bytesBefore, after: bytesAfter, commitTime }: DocumentChange): void {
    const before = fieldsOf(bytesBefore);
    const after = fieldsOf(bytesAfter);
    if (before && after && JSON.stringify(withoutStatus(before)) === JSON.stringify(withoutStatus(after)))
      return;
    const completed = isCompleted(after);
    const states = this.#sessions.get(path) ?? [];
    this.#sessions.set(path, states);
    states.push({
      updateTime: toMicros(formatRfc3339(commitTime)),
      completed,
      becameCompleted: completed && !isCompleted(before),
      row: after && completed && after[REFUSED_FIELD]?.booleanValue !== true ? expectedRow(after) : undefined,
    });
  }
}

function fieldsOf(bytes: Uint8Array | undefined): Fields | undefined {
  if (!bytes) return undefined;
  return (documentToJson(bytes) as { readonly fields?: Fields }).fields ?? {};
}

function isCompleted(fields: Fields | undefined): boolean {
  return fields?.['status']?.stringValue === 'completed';
}

function withoutStatus(fields: Fields): [string, unknown][] {
  return Object.entries(fields)
    .filter(([name]) => !name.startsWith('bigquerySync'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
