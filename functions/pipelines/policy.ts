// What becomes of each field of a document: kept, dropped, pseudonymised or generalised, and why. What has no policy
// is dropped. A field of the pipeline's own type that has none does not compile.
import type { Time } from './fields.ts';
import type { Generalisation } from './generalise.ts';
import type { ColumnType, Identifying, Keepable, Kind, PlainCell } from './kinds.ts';

/** A field that becomes a column. */
export interface ColumnPolicy {
  readonly action: 'keep' | 'pseudonymise' | 'generalise';
  readonly kind: Pick<Kind<unknown>, 'name' | 'optional' | 'problems'>;
  readonly column: string;
  readonly type: ColumnType;
  readonly repeated: boolean;
  /** How it is generalised, in words. */
  readonly how?: string;
  /** For the record of processing: what the column is needed for, or why no more of the value is. */
  readonly reason: string;
  /** The cell, or the text or texts to be pseudonymised; undefined for a value that is not of the kind. */
  readonly read: (value: unknown) => PlainCell | undefined;
}

/** A policy for values of that type. */
export interface Policy<Value> extends ColumnPolicy {
  readonly kind: Kind<Value>;
}

export interface Dropped {
  readonly action: 'drop';
  readonly reason: string;
}

/** A map with fields of its own. It may be absent; then its columns are empty. */
export interface MapPolicy<Doc> {
  readonly action: 'map';
  readonly fields: Policies<Doc>;
}

/** A map that becomes one column with columns in it. It may be absent; then the column is NULL. */
export interface RecordPolicy<Doc> {
  readonly action: 'record';
  readonly column: string;
  readonly fields: Policies<Doc>;
  readonly reason: string;
}

/** An array of maps, each of which becomes an element of the column. It may be absent; then there are none. */
export interface RecordsPolicy<Doc> {
  readonly action: 'records';
  readonly column: string;
  readonly fields: Policies<Doc>;
  readonly reason: string;
}

/** Every field of `Doc` has a policy that fits its type; a field that may be absent may be `null` as well. */
export type Policies<Doc> = {
  readonly [Name in keyof Doc]-?:
    | Dropped
    | Policy<null extends Doc[Name] ? NonNullable<Doc[Name]> | null : Doc[Name]>
    | (IsMap<NonNullable<Doc[Name]>> extends true
        ? MapPolicy<NonNullable<Doc[Name]>> | RecordPolicy<NonNullable<Doc[Name]>>
        : never)
    | (NonNullable<Doc[Name]> extends readonly (infer Element)[]
        ? IsMap<Element> extends true
          ? RecordsPolicy<Element>
          : never
        : never);
};

type IsMap<Value> = Value extends Time | readonly unknown[] ? false : Value extends object ? true : false;

/** The same as data, of whatever document. */
export interface PolicyTree {
  readonly [name: string]:
    Dropped | ColumnPolicy | { readonly action: 'map'; readonly fields: PolicyTree } | NestedPolicy;
}

/** A record, or several. */
export interface NestedPolicy {
  readonly action: 'record' | 'records';
  readonly column: string;
  readonly fields: PolicyTree;
  readonly reason: string;
}

export function keep<Value>(kind: Kind<Value, Keepable>, column: string, reason: string): Policy<Value> {
  const { type, repeated, is, toCell } = kind;
  const read = (value: unknown) => (is(value) ? toCell(value) : undefined);
  return { action: 'keep', kind, column, type, repeated, reason, read };
}

/** A keyed hash takes its place; of each element or key, where there are several. */
export function pseudonymise<Value>(
  kind: Kind<Value, Identifying>,
  column: string,
  reason: string,
): Policy<Value> {
  const { repeated, is, toCell } = kind;
  const read = (value: unknown) => (is(value) ? toCell(value) : undefined);
  return { action: 'pseudonymise', kind, column, type: 'STRING', repeated, reason, read };
}

export function generalise<Value>(
  kind: Kind<Value>,
  by: Generalisation<NonNullable<Value>>,
  column: string,
  reason: string,
): Policy<Value> {
  const { name: how, type, apply } = by;
  const read = (value: unknown) => {
    if (!kind.is(value)) return undefined;
    return value === undefined || value === null ? null : apply(value);
  };
  return { action: 'generalise', kind, column, type, repeated: false, how, reason, read };
}

export function drop(reason: string): Dropped {
  return { action: 'drop', reason };
}

export function map<Fields extends PolicyTree>(fields: Fields) {
  return { action: 'map', fields } as const;
}

/** What has no policy inside of it is dropped and counted like any other field. */
export function record<Fields extends PolicyTree>(column: string, fields: Fields, reason: string) {
  return { action: 'record', column, fields, reason } as const;
}

export function records<Fields extends PolicyTree>(column: string, fields: Fields, reason: string) {
  return { action: 'records', column, fields, reason } as const;
}
