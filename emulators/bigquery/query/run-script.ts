// Runs a query job: one statement, or a script of several, in order. The result of a script is that of
// its last SELECT.
import { randomUUID } from 'node:crypto';
import type { Table, TableRef } from '../catalog.ts';
import type { Context } from '../context.ts';
import { invalidQuery, notImplemented } from '../errors.ts';
import { resultFields } from '../rows/result-fields.ts';
import type { Session } from '../engine.ts';
import { storageName } from '../storage.ts';
import { isWord, lex, position } from '../sql/lex.ts';
import type { Token } from '../sql/lex.ts';
import { mapError } from '../sql/map-error.ts';
import type { BindParameter } from '../sql/prepare.ts';
import { statementKind } from '../sql/statement.ts';
import type { StatementKind } from '../sql/statement.ts';
import { bytesOf } from './bytes.ts';
import { applyDdl } from './ddl/apply-ddl.ts';
import { dropTemporary } from './ddl/drop.ts';
import { setDefaults } from './defaults.ts';
import type { Environment } from './environment.ts';
import { bareEnvironment, translateStatement } from './environment.ts';
import { interpret } from './script/interpret.ts';
import { hasTransaction, parseScript } from './script/parse-script.ts';
import type { Step } from './script/steps.ts';
import type { DmlCounts, Outcome } from './outcome.ts';
import { openSession } from './sessions.ts';
import type { SessionRequest } from './sessions.ts';
import { guardStreamed } from './guard-streamed.ts';
import { writeDestination } from './write-destination.ts';
import type { Destination } from './write-destination.ts';

export interface QueryRequest {
  readonly projectId: string;
  readonly sql: string;
  readonly defaultDataset: Environment['defaultDataset'];
  readonly bind: BindParameter | undefined;
  readonly dryRun: boolean;
  readonly maximumBytesBilled: number | undefined;
  readonly location: string | undefined;
  readonly destination: Destination | undefined;
  readonly session?: SessionRequest | undefined;
  /** Told of each statement of a script, as it ends. */
  readonly onStatement?: (sql: string, outcome: Outcome) => void;
}

/** Throws ApiError, whatever went wrong. */
export async function runScript(context: Context, request: QueryRequest): Promise<Outcome> {
  const session = request.session && openSession(context.catalog, request.session);
  const environment: Environment = {
    ...bareEnvironment(context.catalog, request.projectId, context.clock.now()),
    ...session,
    defaultDataset: request.defaultDataset,
    bind: request.bind,
    location: request.location,
    session,
  };
  for (const [name, value] of [
    ['project_id', request.projectId],
    ['time_zone', 'UTC'],
    ['dataset_id', request.defaultDataset?.datasetId],
    ['session_id', session?.id],
  ] as const)
    if (!environment.system.has(name))
      environment.system.set(name, value === undefined ? 'CAST(NULL AS STRING)' : JSON.stringify(value));
  const outcome = await run(context, environment, request);
  return session ? { ...outcome, sessionId: session.id } : outcome;
}

async function run(context: Context, environment: Environment, request: QueryRequest): Promise<Outcome> {
  try {
    const steps = parseScript(request.sql);
    const [only] = steps;
    if (!only) throw invalidQuery('Syntax error: Unexpected end of script at [1:1]');
    if (steps.length === 1 && only.kind === 'sql')
      return await runStatement(context, environment, only.sql, request);
    if (!hasTransaction(steps)) return await runSteps(context, environment, steps, request);
    return await context.storage.change(async (session) => {
      try {
        const id = randomUUID().replaceAll('-', '').toUpperCase();
        const transaction = () => (session.inTransaction ? { transactionId: id } : {});
        return await runSteps(context, environment, steps, request, transaction);
      } finally {
        // What a script leaves open is taken back.
        if (session.inTransaction) await session.run('ROLLBACK');
      }
    });
  } catch (error) {
    throw mapError(error);
  } finally {
    const { session } = environment;
    if (!session || session.aborted) await dropTemporary(context, environment);
  }
}

async function runSteps(
  context: Context,
  environment: Environment,
  steps: readonly Step[],
  request: QueryRequest,
  transaction: () => Pick<Outcome, 'transactionId'> = () => ({}),
): Promise<Outcome> {
  let last: Outcome | undefined;
  await interpret(context, environment, steps, async (scope, sql) => {
    const outcome = await runStatement(context, scope, sql, request);
    request.onStatement?.(sql, { ...outcome, ...transaction() });
    if (outcome.statementType === 'SELECT' || last?.statementType !== 'SELECT') last = outcome;
    return outcome;
  });
  return {
    statementType: 'SCRIPT',
    ...(last?.result ? { result: last.result } : {}),
    ...(last?.dml ? { dml: last.dml } : {}),
  };
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
      return modify(context, environment, sql, kind, request);
    case 'TRUNCATE_TABLE':
    case 'DDL':
      return applyDdl(context, environment, sql, request.dryRun);
    case 'OTHER':
      throw unknownStatement(sql, tokens[0]!);
  }
}

/** GoogleSQL statements that are not served here; any other first word is a mistake. */
const KNOWN = ['ASSERT', 'DEFINE', 'EXPLAIN', 'EXPORT', 'GRANT', 'LOAD', 'RENAME', 'REVOKE', 'UNDROP'];

function unknownStatement(sql: string, first: Token): Error {
  if (isWord(first, ...KNOWN)) return notImplemented(`Statement ${first.text.toUpperCase()}`);
  return invalidQuery(`Syntax error: Unexpected identifier "${first.text}" at ${position(sql, first.start)}`);
}

const refs = (tables: readonly Table[]): TableRef[] => tables.map(({ ref }) => ref);

async function select(
  context: Context,
  environment: Environment,
  sql: string,
  { dryRun, destination, maximumBytesBilled }: QueryRequest,
): Promise<Outcome> {
  const { sql: duck, reads } = await translateStatement(environment, sql);
  const bytesProcessed = await bytesOf(context, reads, maximumBytesBilled);
  const outcome = { statementType: 'SELECT', referenced: refs(reads), bytesProcessed };
  if (dryRun) {
    const columns = await context.storage.use((session) => session.describe(duck));
    return {
      ...outcome,
      result: { fields: resultFields(columns), rows: [] },
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

async function modify(
  context: Context,
  environment: Environment,
  sql: string,
  kind: StatementKind,
  { dryRun, maximumBytesBilled }: QueryRequest,
): Promise<Outcome> {
  const { sql: duck, reads, writes } = await translateStatement(environment, sql);
  const [target] = writes;
  const scanned = kind === 'INSERT' ? reads : [...writes, ...reads];
  const bytesProcessed = await bytesOf(context, scanned, maximumBytesBilled);
  const outcome = {
    statementType: kind,
    referenced: refs([...writes, ...reads]),
    bytesProcessed,
    ...(target ? { written: target.ref } : {}),
  };
  if (dryRun) {
    await context.storage.use((session) => session.describe(duck));
    return outcome;
  }
  const dml = await context.storage.use(async (session): Promise<DmlCounts> => {
    if (target && (kind === 'INSERT' || kind === 'MERGE')) await setDefaults(session, environment, target);
    return target && kind !== 'INSERT'
      ? guardStreamed(context, session, target, () => work(session))
      : work(session);
  });
  if (target) context.catalog.touch(target);
  return { ...outcome, dml };

  async function work(session: Session): Promise<DmlCounts> {
    if (kind !== 'MERGE') return counts(kind, (await session.run(duck)).changed);
    const { rows } = await session.run(`${duck} RETURNING merge_action`);
    const of = (action: string) => rows.filter(([first]) => first === action).length;
    return { insertedRowCount: of('INSERT'), updatedRowCount: of('UPDATE'), deletedRowCount: of('DELETE') };
  }
}

function counts(kind: StatementKind, changed: number): DmlCounts {
  if (kind === 'INSERT') return { insertedRowCount: changed };
  return kind === 'UPDATE' ? { updatedRowCount: changed } : { deletedRowCount: changed };
}
