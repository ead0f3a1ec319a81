// One query's surroundings: project, default dataset, parameters, temporary tables. It turns a statement
// of GoogleSQL into DuckDB's SQL and remembers which tables were named on the way.
import type { Catalog, Table } from '../catalog.ts';
import { invalidQuery, notImplemented } from '../errors.ts';
import { isWord, lex } from '../sql/lex.ts';
import type { Token } from '../sql/lex.ts';
import { checkPartitionFilter, ingestionTime } from '../sql/partitions.ts';
import { createResolver, refOf } from '../sql/resolve-table.ts';
import { INGESTION_TIME } from '../sql/rewrite/index.ts';
import { loadParser, translate } from '../sql/translate.ts';
import type { BindParameter } from '../sql/prepare.ts';
import type { Routine } from '../catalog.ts';
import type { Session } from './sessions.ts';

export interface Environment {
  readonly catalog: Catalog;
  readonly projectId: string;
  /** `SET @@dataset_id` changes it. */
  defaultDataset: { readonly projectId: string; readonly datasetId: string } | undefined;
  readonly bind: BindParameter | undefined;
  /** When the query began, by the emulator's clock. */
  readonly nowMs: number;
  /** Tables made by CREATE TEMP TABLE, by name; they end with the script. */
  readonly temporary: Map<string, Table>;
  /** Variables of the script, by name in lower case: what DuckDB calls them. */
  readonly variables: Map<string, string>;
  /** Values of `@@…` as literals. */
  readonly system: Map<string, string>;
  /** Functions made by CREATE TEMP FUNCTION, by name in lower case. */
  readonly functions: Map<string, Routine>;
  /** Where the query was told to run: it knows no datasets elsewhere. */
  readonly location?: string | undefined;
  /** What keeps the maps when the query has ended. */
  readonly session?: Session | undefined;
}

/** The surroundings of a text that stands in the catalog: no parameters, no default dataset. */
export function bareEnvironment(catalog: Catalog, projectId: string, nowMs: number): Environment {
  return {
    catalog,
    projectId,
    defaultDataset: undefined,
    bind: undefined,
    nowMs,
    temporary: new Map(),
    variables: new Map(),
    system: new Map(),
    functions: new Map(),
  };
}

export interface Translated {
  readonly sql: string;
  readonly reads: readonly Table[];
  readonly writes: readonly Table[];
}

/** A SQL function under the name that a call gives it. */
function findFunction(scope: Environment, path: readonly string[]): Routine | undefined {
  if (path.length === 1) {
    const temporary = scope.functions.get(path[0]!.toLowerCase());
    if (temporary) return temporary;
    if (!scope.defaultDataset) return undefined;
  }
  const { projectId, datasetId, tableId } = refOf(path, scope, false);
  const found = scope.catalog.findDataset(projectId, datasetId)?.routines.get(tableId);
  return found?.kind === 'PROCEDURE' ? undefined : found;
}

export function findProcedure(scope: Environment, path: readonly string[]): Routine {
  const { projectId, datasetId, tableId } = refOf(path, scope);
  const found = scope.catalog.findDataset(projectId, datasetId)?.routines.get(tableId);
  if (found?.kind !== 'PROCEDURE') throw invalidQuery(`Procedure not found: ${path.join('.')}`);
  return found;
}

/** Views may read views, but not themselves. */
const MAX_VIEW_DEPTH = 16;

/** Whether a list of columns that are written names the time of ingestion. */
const writesIngestionTime = (tokens: readonly Token[]) =>
  tokens.some(
    ({ value }, i) =>
      value.toUpperCase() === '_PARTITIONTIME' &&
      [',', '('].includes(tokens[i - 1]?.text ?? '') &&
      /^[,)]$/.test(tokens[i + 1]?.text ?? ''),
  );

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
        const own = bareEnvironment(scope.catalog, projectId, scope.nowMs);
        return translateAt(query, own, depth + 1);
      },
      onTable: (table, readable) => (readable ? reads : writes).add(table),
    });
    return translate(parser, text, {
      resolveTable: resolve,
      nowMs: scope.nowMs,
      bind: scope.bind,
      variables: scope.variables,
      system: scope.system,
      findFunction: (path) => findFunction(scope, path),
    });
  };

  const translated = translateAt(sql, environment, 0);
  const tokens = lex(sql);
  if (isWord(tokens[0], 'INSERT', 'MERGE') && writesIngestionTime(tokens))
    throw notImplemented('Writing _PARTITIONTIME');
  const duck = translated.includes(INGESTION_TIME)
    ? translated.replaceAll(INGESTION_TIME, ingestionTime([...reads, ...writes], environment.nowMs))
    : translated;
  for (const table of [...reads, ...writes])
    if (!isWord(tokens[0], 'INSERT') || reads.has(table)) checkPartitionFilter(tokens, table);
  return { sql: duck, reads: [...reads], writes: [...writes] };
}
