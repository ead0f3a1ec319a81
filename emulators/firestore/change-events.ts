// Commits as the suite's triggers hear of them.
import { parseDatabaseName } from './names.ts';
import { serialiseDocument } from './protocol/protos.ts';
import { toProtoTime } from './protocol/time.ts';
import type { DatabaseCommit } from './service.ts';
import type { Document } from './store/document.ts';
import { toProtoDocument } from './store/document.ts';

export interface DocumentChange {
  readonly project: string;
  readonly database: string;
  /** `users/u1/sessions/s1` */
  readonly path: string;
  /** A serialised google.firestore.v1.Document; undefined when there was none. */
  readonly before: Uint8Array | undefined;
  /** A serialised google.firestore.v1.Document; undefined when there is none. */
  readonly after: Uint8Array | undefined;
  readonly commitTime: { readonly seconds: number; readonly nanos: number };
}

/** The documents are serialised when they are first asked for: most listeners skip most changes by their path. */
export function toDocumentChanges({ database, time, changes }: DatabaseCommit): readonly DocumentChange[] {
  const id = parseDatabaseName(database.name);
  const { seconds, nanos = 0 } = toProtoTime(time);
  const commitTime = { seconds: Number(seconds), nanos };
  const serialise = (document: Document | undefined): (() => Uint8Array | undefined) => {
    let bytes: Uint8Array | undefined;
    return () => (bytes ??= document && serialiseDocument(toProtoDocument(database.name, document)));
  };
  return changes.map(({ path, before, after }) => {
    const [bytesBefore, bytesAfter] = [serialise(before), serialise(after)];
    return {
      ...id,
      path,
      get before() {
        return bytesBefore();
      },
      get after() {
        return bytesAfter();
      },
      commitTime,
    };
  });
}
