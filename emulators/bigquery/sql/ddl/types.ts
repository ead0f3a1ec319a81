// What a statement of DDL asks for.
import type { Metadata, RoutineParameter } from '../../catalog.ts';
import type { Field } from '../../schema.ts';

export type Options = Readonly<Record<string, string>>;

interface Named {
  readonly path: readonly string[];
}

export interface CreateTable extends Named {
  readonly kind: 'createTable';
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly temporary: boolean;
  readonly fields: readonly Field[] | undefined;
  readonly query: string | undefined;
  /** `CREATE TABLE … LIKE source`, or COPY or CLONE with its rows. */
  readonly source: { readonly path: readonly string[]; readonly rows: boolean } | undefined;
  readonly partitionBy: string | undefined;
  readonly clusterBy: readonly string[];
  readonly collation: string | undefined;
  /** Keys, as the field `tableConstraints` of the resource. */
  readonly constraints: Metadata | undefined;
  readonly options: Options;
}

export interface CreateView extends Named {
  readonly kind: 'createView';
  readonly materialized: boolean;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly columns: readonly string[];
  readonly query: string;
  readonly options: Options;
}

export interface CreateSchema extends Named {
  readonly kind: 'createSchema';
  readonly ifNotExists: boolean;
  readonly collation: string | undefined;
  readonly options: Options;
}

export interface Drop extends Named {
  readonly kind: 'drop';
  readonly what: 'TABLE' | 'VIEW' | 'MATERIALIZED VIEW' | 'SCHEMA' | 'FUNCTION' | 'PROCEDURE';
  readonly ifExists: boolean;
  readonly cascade: boolean;
}

export type AlterAction =
  | { readonly kind: 'addColumn'; readonly field: Field; readonly ifNotExists: boolean }
  | { readonly kind: 'dropColumn'; readonly column: string; readonly ifExists: boolean }
  | { readonly kind: 'renameColumn'; readonly column: string; readonly to: string }
  | { readonly kind: 'dropNotNull'; readonly column: string }
  | { readonly kind: 'setDefault'; readonly column: string; readonly expression: string | undefined }
  | { readonly kind: 'setType'; readonly column: string; readonly field: Field }
  | { readonly kind: 'columnOptions'; readonly column: string; readonly options: Options }
  | { readonly kind: 'setOptions'; readonly options: Options }
  | { readonly kind: 'addConstraints'; readonly constraints: Metadata }
  | { readonly kind: 'dropConstraint'; readonly name: string | undefined; readonly ifExists: boolean }
  | { readonly kind: 'setCollation'; readonly collation: string }
  | { readonly kind: 'rename'; readonly to: string };

export interface Alter extends Named {
  readonly kind: 'alter';
  readonly what: 'TABLE' | 'VIEW' | 'SCHEMA';
  readonly ifExists: boolean;
  readonly actions: readonly AlterAction[];
}

export interface Truncate extends Named {
  readonly kind: 'truncate';
}

export interface CreateFunction extends Named {
  readonly kind: 'createFunction';
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly temporary: boolean;
  readonly routine: 'FUNCTION' | 'PROCEDURE';
  readonly parameters: readonly RoutineParameter[];
  readonly returns: string | undefined;
  readonly body: string;
}

export type Ddl = CreateFunction | CreateTable | CreateView | CreateSchema | Drop | Alter | Truncate;
