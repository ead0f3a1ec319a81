// What a pipeline is: *what* is synced, as data that every road reads (trigger, retry, sweep, and those
// that join later). Nothing here knows a client, a clock or a key.
import type { z } from 'zod';

/** The fields of a Firestore document as the Admin SDK decodes them. */
export type DocumentData = Readonly<Record<string, unknown>>;

/** A cell of a row as insertAll's JSON wants it. */
export type Cell = string | number | boolean | null | readonly string[];
export type Row = Readonly<Record<string, Cell>>;

/** One state of one document. Two writes with the same content are still two versions. */
export interface DocumentVersion {
  /** Firestore's `updateTime` of the completed data, RFC 3339 UTC with microseconds. */
  readonly updateTime: string;
  /** Hash of the document without our own status fields, 64 hex digits. */
  readonly contentHash: string;
}

/** The person's id, replaced. */
export interface Pseudonym {
  /** 64 hex digits. */
  readonly value: string;
  readonly keyVersion: number;
}

declare const pseudonymised: unique symbol;

/** A parsed document from which the person's id is gone. Only `pseudonymise` makes one; `toRow` takes nothing else. */
export interface Pseudonymised<Doc> {
  readonly [pseudonymised]: true;
  readonly document: Doc;
  readonly subject: Pseudonym;
  /** The path's parameters without the subject. */
  readonly params: Readonly<Record<string, string>>;
  readonly version: DocumentVersion;
}

export interface Pipeline<Doc = unknown> {
  /** Also the key by which a failure finds its pipeline again: never rename one that has open failures. */
  readonly name: string;
  /** Path of the documents, e.g. `users/{userId}/sessions/{sessionId}`. */
  readonly document: string;
  /** The path parameter that identifies a person. It is pseudonymised and never leaves Firestore. */
  readonly subject: string;
  /** A document is completed while `field` equals `equals`; the write that makes it so is synced. */
  readonly completion: { readonly field: string; readonly equals: string };
  /** Shape of a completed document. Unknown fields are dropped; issue messages must not hold values. */
  readonly schema: z.ZodType<Doc>;
  /** BigQuery table, described by `bigquery-schemas/<table>.json`. */
  readonly table: string;
  /** The columns that tell documents apart in the table. */
  readonly key: readonly string[];
  /**
   * A time that Firestore has in a field and BigQuery, unchanged, in a column: by it the reconciliation counts both
   * sides. Documents without it are found by verification alone, which reads each.
   */
  readonly time: { readonly field: string; readonly column: string };
  /** The row without `synced_at`, which the sender adds: it is the only cell that may differ between two sendings. */
  toRow(source: Pseudonymised<Doc>): Row;
}
