// What a pipeline is: *what* is synced, as data that every road reads (trigger, retry, sweep, and those
// that join later). Nothing here knows a client, a clock or a key.
import type { Cell } from './kinds.ts';
import type { ColumnPolicy, Dropped, PolicyTree } from './policy.ts';
import type { Reason } from './reason.ts';

/** The fields of a Firestore document as the Admin SDK decodes them. */
export type DocumentData = Readonly<Record<string, unknown>>;

/** One state of one document. Two writes with the same content are still two versions. */
export interface DocumentVersion {
  /** Firestore's `updateTime` of the completed data, RFC 3339 UTC with microseconds. */
  readonly updateTime: string;
  /** Hash of the document without our own status fields, 64 hex digits. */
  readonly contentHash: string;
}

/** A document that has been through its pipeline's policies, or what is wrong with it. */
export type Reading =
  | (PolicedDocument & { readonly ok: true })
  /** `path: expected …`, never values. */
  | { readonly ok: false; readonly problems: readonly Reason[] };

export interface PolicedDocument {
  /** What is kept or generalised, by column, in the order of the row. The columns that `pseudonymise` fills are null. */
  readonly cells: Readonly<Record<string, Cell>>;
  readonly identifiers: readonly Identifier[];
  /** Fields without a policy, at all depths. A number and no names: names may be identifiers too. */
  readonly unknownFields: number;
}

/** What is to be pseudonymised: one text or number, or several. */
export interface Identifier {
  readonly column: string;
  /** Name of its kind: a reference and a text of the same letters are two things. */
  readonly kind: string;
  readonly value: Exclude<Cell, null>;
}

declare const pseudonymised: unique symbol;

/** Cells that hold no identifier. Only `pseudonymise` makes a row, and a row sink takes nothing else. */
export type Row = Readonly<Record<string, Cell>> & { readonly [pseudonymised]: true };

/** Columns that every table has beside those of its policies. */
export const VERSION_COLUMN = 'source_updated_at';
export const KEY_VERSION_COLUMN = 'pseudonym_key_version';
export const SYNCED_COLUMN = 'synced_at';

/** Columns by which a person could be told from others, by somebody who knows these things about them. */
export interface Reidentification {
  /** As precise as the attacker is taken to know it. */
  readonly quasiIdentifiers: readonly {
    readonly column: string;
    readonly to: 'value' | 'hour' | 'day' | 'major';
  }[];
  /** What nobody should learn about a person whose group is known. */
  readonly sensitive: string;
  /** The published view shows no group of fewer persons. */
  readonly k: number;
  /** What the published view shows besides the quasi-identifiers. Never a pseudonym, an id or an exact time. */
  readonly published: readonly string[];
}

export interface Pipeline {
  /** Also the key by which a failure finds its pipeline again: never rename one that has open failures. */
  readonly name: string;
  /** Path of the documents, e.g. `users/{userId}/sessions/{sessionId}`. */
  readonly document: string;
  /** The path parameter that identifies a person. It is pseudonymised and never leaves Firestore. */
  readonly subject: string;
  /** A document is completed while `field` equals `equals`; the write that makes it so is synced. */
  readonly completion: { readonly field: string; readonly equals: string };
  /** Policies of the path's parameters and of the document's fields, in the order of the columns. */
  readonly params: Readonly<Record<string, ColumnPolicy | Dropped>>;
  readonly fields: PolicyTree;
  /** BigQuery table, described by `bigquery-schemas/<table>.json`. */
  readonly table: string;
  /** The columns that tell documents apart in the table. */
  readonly key: readonly string[];
  /**
   * A time that Firestore has in a field and BigQuery, unchanged, in a column: by it the reconciliation counts both
   * sides. Documents without it are found by verification alone, which reads each.
   */
  readonly time: { readonly field: string; readonly column: string };
  /** How long rows are kept, by the time of their version: as the table's partitions say. Null for ever. */
  readonly retentionDays: number | null;
  readonly reidentification: Reidentification;
  /** Takes a completed document through the policies. */
  readonly read: (data: DocumentData) => Reading;
}
