// What Firestore tells of one committed write to one document.

export interface DocumentChange {
  readonly project: string;
  readonly database: string;
  /** Relative to the database: `users/u1/sessions/s1`. */
  readonly path: string;
  /** The serialised google.firestore.v1.Document; absent when the document did not exist before. */
  readonly before?: Uint8Array | undefined;
  /** Absent when the write deleted the document. */
  readonly after?: Uint8Array | undefined;
  readonly commitTime: { readonly seconds: number | string | bigint; readonly nanos: number };
}
