// What every rewrite works with.
import type { Json, JsonObject } from '../ast.ts';

export interface RewriteContext {
  /** DuckDB's SQL for a table, given the parts of its name; `readable` is false for the target of DML. */
  resolveTable(this: void, path: readonly string[], readable: boolean): string;
  /** Remembers SQL text and returns the word that stands for it until the text is generated. */
  placeholder(this: void, sql: string): string;
  /** The time that CURRENT_TIMESTAMP and its like show, the same throughout a statement. */
  readonly nowMs: number;
  /** Variables of a script, by name in lower case: what DuckDB calls them. */
  readonly variables: ReadonlyMap<string, string>;
  /** The body of a user's function for these arguments, not rewritten yet. */
  expandFunction(this: void, name: string, args: readonly Json[]): Json;
  /** Generates the SQL of a rewritten node. */
  generate(this: void, node: Json): string;
}

/** What is visible by a bare name at a point of the statement. */
export interface Scope {
  readonly ctes: ReadonlySet<string>;
  /** Aliases of the tables before this point in the same FROM, for `FROM t, t.items`. */
  readonly tables: ReadonlySet<string>;
  /** Names of the tables of this query itself. */
  readonly own?: ReadonlySet<string>;
  /** Inside of an expression: a query here may refer to columns of the one around it. */
  readonly expression?: boolean;
  /** Whether this query stands in an expression; `lateral` when all its columns are those of another. */
  readonly nested?: boolean | 'lateral';
}

export interface Rewriter extends Omit<RewriteContext, 'nowMs'> {
  /** `nowMs` as a literal. */
  readonly now: string;
  /** SQL text as a node. */
  raw(this: void, sql: string): Json;
  /** A name that no other in the statement has. */
  freshName(this: void, prefix: string): string;
  /** Whether a node may name columns of a query around the one it stands in. */
  correlated(this: void, node: Json | undefined): boolean;
  visit(this: void, node: Json, scope: Scope): Json;
  /** The node with everything inside it rewritten, but not itself. */
  children(this: void, node: JsonObject, scope: Scope): JsonObject;
}
