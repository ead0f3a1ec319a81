// GoogleSQL → DuckDB, one query or DML statement at a time. The parser is WebAssembly and takes half a
// second to load, so it is loaded by the first statement.
import { invalidQuery } from '../errors.ts';
import type { Json } from './ast.ts';
import { expandPipes } from './pipes.ts';
import { prepare } from './prepare.ts';
import type { BindParameter } from './prepare.ts';
import type { Routine } from '../catalog.ts';
import { expandFunction } from './expand-function.ts';
import { createRewriter } from './rewrite/index.ts';

type Parser = typeof import('@polyglot-sql/sdk');

let loading: Promise<Parser> | undefined;

export function loadParser(): Promise<Parser> {
  loading ??= import('@polyglot-sql/sdk').then(async (parser) => {
    await parser.init();
    return parser;
  });
  return loading;
}

/** DuckDB's SQL for the table of this name; `readable` is false for the target of DML. Throws ApiError. */
export type ResolveTable = (path: readonly string[], readable: boolean) => string;

export interface TranslateOptions {
  readonly resolveTable: ResolveTable;
  readonly nowMs: number;
  readonly bind?: BindParameter | undefined;
  /** Variables of a script: what DuckDB calls them. */
  readonly variables?: ReadonlyMap<string, string>;
  readonly system?: ReadonlyMap<string, string>;
  readonly findFunction?: (path: readonly string[]) => Routine | undefined;
}

/** Throws ApiError `invalidQuery` for what the parser refuses, whatever `resolveTable` throws. */
export function translate(parser: Parser, sql: string, options: TranslateOptions): string {
  const functions: Routine[] = [];
  const prepareText = (text: string, bind: BindParameter | undefined, literals: string[]) =>
    prepare(expandPipes(text), {
      bind,
      literals,
      system: options.system,
      functionName(path) {
        const found = options.findFunction?.(path);
        return found && `bq_udf_${functions.push(found) - 1}`;
      },
    });
  const prepared = prepareText(sql, options.bind, []);
  const parsed = parser.parse(prepared.sql, 'bigquery' as never);
  if (!parsed.success) throw syntaxError(parsed.error);

  const pieces: string[] = [];
  const restore = (text: string): string =>
    text
      .replace(/\bbq__(\d+)\b/g, (_, index: string) => restore(pieces[Number(index)]!))
      .replace(/'bq\$(\d+)'/g, (_, index: string) => prepared.literals[Number(index)]!);
  const generate = (node: Json): string => {
    const wrapped = needsSelect(node) ? node : { select: { ...EMPTY_SELECT, expressions: [node] } };
    const result = parser.generate([wrapped], 'duckdb' as never);
    if (!result.success || !result.sql?.[0]) throw invalidQuery(result.error ?? 'Syntax error');
    return wrapped === node ? result.sql[0] : result.sql[0].replace(/^SELECT /, '');
  };
  const parse = (text: string): Json => {
    const result = parser.parse(prepareText(text, undefined, prepared.literals).sql, 'bigquery' as never);
    if (!result.success) throw syntaxError(result.error);
    return (result.ast as Json[])[0]!;
  };
  const rewrite = createRewriter({
    resolveTable: options.resolveTable,
    nowMs: options.nowMs,
    variables: options.variables ?? new Map(),
    expandFunction: (name, args) => expandFunction(parse, functions[Number(name.slice(7))]!, args),
    placeholder: (text) => `bq__${pieces.push(text) - 1}`,
    generate,
  });
  const statements = parsed.ast as Json[];
  return restore(generate(rewrite(statements[0]!)));
}

const EMPTY_SELECT: { [key: string]: Json } = {
  expressions: [],
  from: null,
  joins: [],
  lateral_views: [],
  where_clause: null,
  group_by: null,
  having: null,
  qualify: null,
  order_by: null,
  distribute_by: null,
  cluster_by: null,
  sort_by: null,
  limit: null,
  offset: null,
  fetch: null,
  distinct: false,
  distinct_on: null,
  top: null,
  with: null,
  sample: null,
  windows: null,
  hint: null,
  connect: null,
  into: null,
  locks: [],
  leading_comments: [],
};

const STATEMENTS = new Set([
  'select',
  'union',
  'intersect',
  'except',
  'subquery',
  'insert',
  'update',
  'delete',
  'merge',
  'values',
]);

function needsSelect(node: Json): boolean {
  return (
    typeof node === 'object' && node !== null && !Array.isArray(node) && STATEMENTS.has(Object.keys(node)[0]!)
  );
}

function syntaxError(error: string | undefined) {
  const found = /line (\d+), column (\d+): (.*)$/s.exec(error ?? '');
  if (!found) return invalidQuery(`Syntax error: ${error ?? 'Unexpected input'}`);
  return invalidQuery(`Syntax error: ${found[3]!.split(' near ')[0]} at [${found[1]}:${found[2]}]`);
}
