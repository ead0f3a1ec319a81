// One query's surroundings: project, default dataset, parameters, temporary tables. It turns a statement
// of GoogleSQL into DuckDB's SQL and remembers which tables were named on the way.
import type { Catalog, Table } from '../catalog.ts';
import { createResolver } from '../sql/resolve-table.ts';
import { loadParser, translate } from '../sql/translate.ts';
import type { BindParameter } from '../sql/prepare.ts';

export interface Environment {
  readonly catalog: Catalog;
  readonly projectId: string;
  readonly defaultDataset: { readonly projectId: string; readonly datasetId: string } | undefined;
  readonly bind: BindParameter | undefined;
  /** When the query began, by the emulator's clock. */
  readonly nowMs: number;
  /** Tables made by CREATE TEMP TABLE, by name; they end with the script. */
  readonly temporary: Map<string, Table>;
}

export interface Translated {
  readonly sql: string;
  readonly reads: readonly Table[];
  readonly writes: readonly Table[];
}

/** Views may read views, but not themselves. */
const MAX_VIEW_DEPTH = 16;

export async function translateStatement(environment: Environment, sql: string): Promise<Translated> {
  const parser = await loadParser();
  const reads = new Set<Table>();
  const writes = new Set<Table>();

  const translateAt = (text: string, scope: Environment, depth: number): string => {
    const resolve = createResolver({
      ...scope,
      translateView: (query, view) => {
        if (depth >= MAX_VIEW_DEPTH) throw new Error('Views are nested too deeply');
        const { projectId } = view.ref;
        const own = { ...scope, projectId, defaultDataset: undefined, bind: undefined, temporary: new Map() };
        return translateAt(query, own, depth + 1);
      },
      onTable: (table, readable) => (readable ? reads : writes).add(table),
    });
    return translate(parser, text, resolve, scope.nowMs, scope.bind);
  };

  const duck = translateAt(sql, environment, 0);
  return { sql: duck, reads: [...reads], writes: [...writes] };
}
