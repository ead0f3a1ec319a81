// What a pipeline is: *what* is synced, as data that every road reads (trigger, retry, sweep, and those
// that join later). Nothing here knows a client, a clock or a key.
import type { Cell, PlainCell } from './kinds.ts';
import type { ColumnPolicy, Dropped, PolicyTree } from './policy.ts';
import type { Reason } from './reason.ts';

/** The fields of a Firestore document as the Admin SDK decodes them. */
export type DocumentData = Readonly<Record<string, unknown>>;

/** One state of one document. Two writes with the same content are still two versions. */
export interface DocumentVersion {
  /** Firestore's `updateTime` of the data, RFC 3339 UTC with microseconds; of a deletion, the moment after the last state. */
  readonly updateTime: string;
  /** Hash of the document without our own status fields, 64 hex digits; of a deletion, its mark: see steps/deletion.ts. */
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
  /** The way to the column from the top of the row, through records and elements; absent for a column at the top. */
  readonly within?: readonly (string | number)[];
  /** Name of its kind: a reference and a text of the same letters are two things. */
  readonly kind: string;
  readonly value: Exclude<PlainCell, null>;
}

declare const pseudonymised: unique symbol;

/** Cells that hold no identifier. Only `pseudonymise` makes a row, and a row sink takes nothing else. */
export type Row = Readonly<Record<string, Cell>> & { readonly [pseudonymised]: true };

/** Columns that every table has beside those of its policies. */
export const VERSION_COLUMN = 'source_updated_at';
export const KEY_VERSION_COLUMN = 'pseudonym_key_version';
export const SYNCED_COLUMN = 'synced_at';
/** And of those whose pipeline tells of deletions: when the document was deleted, in the row that says so. */
export const DELETED_COLUMN = 'deleted_at';

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

/** Which states of a document are versions, and are synced. */
export type When = { readonly completed: Completed } | { readonly changed: Changed };

/** The write after which `field` equals `equals`. What comes later is no version, nor is a deletion. */
export interface Completed {
  readonly field: string;
  readonly equals: string;
}

/** Each write that changes anything but our own status fields. */
export interface Changed {
  readonly onDelete: OnDelete;
}

/**
 * What becomes of the rows when the document is deleted. `keep`: nothing. `tombstone`: a last row with the key and
 * `deleted_at` alone; the rows before it stay. `delete`: that row hides them at once, and then all of them are erased.
 */
export type OnDelete = 'keep' | 'tombstone' | 'delete';

export interface Pipeline {
  /** Also the key by which a failure finds its pipeline again: never rename one that has open failures. */
  readonly name: string;
  /** Path of the documents, e.g. `users/{userId}/sessions/{sessionId}`. */
  readonly document: string;
  /** The path parameter that identifies a person: pseudonymised, it never leaves Firestore. Null when there is none. */
  readonly subject: string | null;
  /** Why the subject may stand in rows as it is, when it does: such rows are still found when the person is erased. */
  readonly subjectIsPublic?: string;
  readonly when: When;
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
  readonly time: {
    readonly field: string;
    readonly column: string;
    /** The field holds text, as in the kind `isoTime`: Firestore compares it with texts. */
    readonly isText: boolean;
  };
  /** How long rows are kept, by the time of their version: as the table's partitions say. Null for ever. */
  readonly retentionDays: number | null;
  /** Null when it speaks of no person. */
  readonly reidentification: Reidentification | null;
  /** Takes a document through the policies; one that is gone (undefined) leaves its columns empty. */
  readonly read: (data: DocumentData | undefined) => Reading;
}

/** Whether a deletion is a version, which is sent. */
export function tellsOfDeletions({ when }: Pick<Pipeline, 'when'>): boolean {
  return 'changed' in when && when.changed.onDelete !== 'keep';
}

/** Whether the rows of a deleted document are erased. */
export function erasesDeleted({ when }: Pick<Pipeline, 'when'>): boolean {
  return 'changed' in when && when.changed.onDelete === 'delete';
}
