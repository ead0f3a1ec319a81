// Runs a query job: one statement, or a script of several, in order. The result of a script is that of
// its last SELECT.
import type { Table, TableRef } from '../catalog.ts';
import type { Context } from '../context.ts';
import { invalidQuery, notImplemented } from '../errors.ts';
import { rowBytes } from '../resources.ts';
import { resultFields } from '../rows/result-fields.ts';
import type { Session } from '../engine.ts';
import { storageName } from '../storage.ts';
import { lex, splitStatements } from '../sql/lex.ts';
import { mapError } from '../sql/map-error.ts';
import type { BindParameter } from '../sql/prepare.ts';
import { statementKind } from '../sql/statement.ts';
import type { StatementKind } from '../sql/statement.ts';
import { applyDdl, dropTemporary } from './apply-ddl.ts';
import type { Environment } from './environment.ts';
import { translateStatement } from './environment.ts';
import type { DmlCounts, Outcome } from './outcome.ts';
import { refuseStreamed } from './refuse-streamed.ts';
import { writeDestination } from './write-destination.ts';
import type { Destination } from './write-destination.ts';

export interface QueryRequest {
  readonly projectId: string;
  readonly sql: string;
  readonly defaultDataset: Environment['defaultDataset'];
  readonly bind: BindParameter | undefined;
  readonly dryRun: boolean;
  readonly destination: Destination | undefined;
}

/** Throws ApiError, whatever went wrong. */
export async function runScript(context: Context, request: QueryRequest): Promise<Outcome> {
  const statements = splitStatements(request.sql);
  const environment: Environment = {
    catalog: context.catalog,
    projectId: request.projectId,
    defaultDataset: request.defaultDataset,
    bind: request.bind,
    nowMs: context.clock.now(),
    temporary: new Map(),
  };
  try {
    if (statements.length === 0) throw invalidQuery('Syntax error: Unexpected end of script at [1:1]');
    if (statements.length === 1) return await runStatement(context, environment, statements[0]!, request);
    let last: Outcome | undefined;
    for (const statement of statements) {
      const outcome = await runStatement(context, environment, statement, request);
      if (outcome.statementType === 'SELECT' || last?.statementType !== 'SELECT') last = outcome;
    }
    const { result, dml } = last!;
    return { statementType: 'SCRIPT', ...(result ? { result } : {}), ...(dml ? { dml } : {}) };
  } catch (error) {
    throw mapError(error);
  } finally {
    await dropTemporary(context, environment);
  }
}

function runStatement(
  context: Context,
  environment: Environment,
  sql: string,
  request: QueryRequest,
): Promise<Outcome> {
  const tokens = lex(sql);
  const kind = statementKind(tokens);
  switch (kind) {
    case 'SELECT':
      return select(context, environment, sql, request);
    case 'INSERT':
    case 'UPDATE':
    case 'DELETE':
    case 'MERGE':
      return modify(context, environment, sql, kind, request.dryRun);
    case 'TRUNCATE_TABLE':
    case 'DDL':
      return applyDdl(context, environment, sql, request.dryRun);
    case 'OTHER':
      throw notImplemented(`Statement ${tokens[0]!.text.toUpperCase()}`);
  }
}

const refs = (tables: readonly Table[]): TableRef[] => tables.map(({ ref }) => ref);

async function select(
  context: Context,
  environment: Environment,
  sql: string,
  { dryRun, destination }: QueryRequest,
): Promise<Outcome> {
  const { sql: duck, reads } = await translateStatement(environment, sql);
  const outcome = { statementType: 'SELECT', referenced: refs(reads) };
  if (dryRun) {
    const columns = await context.storage.use((session) => session.describe(duck));
    return {
      ...outcome,
      result: { fields: resultFields(columns), rows: [] },
      bytesProcessed: await bytesOf(context, reads),
    };
  }
  const work = async (session: Session) => {
    if (!destination) {
      const { columns, rows } = await session.run(duck);
      return { fields: resultFields(columns), rows };
    }
    // The result of a job with a destination is what the destination holds afterwards.
    const fields = resultFields(await session.describe(duck));
    const table = await writeDestination(context, session, destination, fields, duck);
    const { rows } = await session.run(`SELECT * FROM ${storageName(table.ref)}`);
    return { fields: table.fields, rows };
  };
  const result = await (destination ? context.storage.change(work) : context.storage.use(work));
  return { ...outcome, result };
}

async function bytesOf(context: Context, tables: readonly Table[]): Promise<number> {
  let bytes = 0;
  for (const table of tables) bytes += (await context.storage.countRows(table)) * rowBytes(table.fields);
  return bytes;
}

async function modify(
  context: Context,
  environment: Environment,
  sql: string,
  kind: StatementKind,
  dryRun: boolean,
): Promise<Outcome> {
  const { sql: duck, reads, writes } = await translateStatement(environment, sql);
  const [target] = writes;
  const outcome = { statementType: kind, referenced: refs([...writes, ...reads]) };
  if (dryRun) {
    await context.storage.use((session) => session.describe(duck));
    return outcome;
  }
  if (target && kind !== 'INSERT') refuseStreamed(context, target);
  const dml = await context.storage.use(async (session): Promise<DmlCounts> => {
    if (kind !== 'MERGE') return counts(kind, (await session.run(duck)).changed);
    const { rows } = await session.run(`${duck} RETURNING merge_action`);
    const of = (action: string) => rows.filter(([first]) => first === action).length;
    return { insertedRowCount: of('INSERT'), updatedRowCount: of('UPDATE'), deletedRowCount: of('DELETE') };
  });
  if (target) context.catalog.touch(target);
  return { ...outcome, dml };
}

function counts(kind: StatementKind, changed: number): DmlCounts {
  if (kind === 'INSERT') return { insertedRowCount: changed };
  return kind === 'UPDATE' ? { updatedRowCount: changed } : { deletedRowCount: changed };
}
