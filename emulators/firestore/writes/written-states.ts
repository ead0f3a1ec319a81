// What a commit would make of each of its documents, for the rules to look at before its preconditions are: whoever
// may not write must not learn from them whether a document exists.
import type { Micros } from '../protocol/time.ts';
import type { Database } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import { fieldsAfter } from './apply-write.ts';
import type { Write } from './write.ts';

export interface WrittenState {
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  /** What the writes come to, taken together; undefined when they change nothing. */
  readonly method: 'create' | 'update' | 'delete' | undefined;
  /** Whether the client asks about the document's state. */
  readonly isVerified: boolean;
}

export function writtenStates(
  database: Database,
  writes: readonly Write[],
  time: Micros,
): ReadonlyMap<string, WrittenState> {
  const byPath = new Map<string, Write[]>();
  for (const write of writes) {
    const own = byPath.get(write.path);
    if (own) own.push(write);
    else byPath.set(write.path, [write]);
  }
  return new Map(
    [...byPath].map(([path, own]) => {
      const before = database.get(path);
      const after = own.reduce((state, write) => documentAfter(write, state, time), before);
      const changes = own.filter(({ kind }) => kind !== 'verify');
      const method = changes[0] && methodOf(changes[0], before, after);
      return [path, { before, after, method, isVerified: changes.length < own.length }];
    }),
  );
}

function documentAfter(write: Write, before: Document | undefined, time: Micros): Document | undefined {
  if (write.kind === 'delete') return undefined;
  if (write.kind === 'verify') return before;
  const { fields } = fieldsAfter(write, before, time);
  return { path: write.path, fields, createTime: before?.createTime ?? time, updateTime: time };
}

/** A write that wants a document to exist is an update also where it is missing, and will fail as one. */
function methodOf(
  { precondition }: Write,
  before: Document | undefined,
  after: Document | undefined,
): 'create' | 'update' | 'delete' {
  if (!after) return 'delete';
  if (precondition) return 'exists' in precondition && !precondition.exists ? 'create' : 'update';
  return before ? 'update' : 'create';
}
