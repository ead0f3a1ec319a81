// Runs the steps of a script in order. It decides nothing about SQL: statements go to `runSql`.
import type { Context } from '../../context.ts';
import { invalidQuery, notImplemented } from '../../errors.ts';
import { quoteIdentifier } from '../../schema.ts';
import { mapError } from '../../sql/map-error.ts';
import { parameterBinder } from '../../sql/parameters.ts';
import { findProcedure, translateStatement } from '../environment.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';
import { affectedRows } from '../outcome.ts';
import { parseScript } from './parse-script.ts';
import type { Step } from './steps.ts';
import { Variables } from './variables.ts';

/** How a list of steps ended. */
type End = 'done' | 'break' | 'continue' | 'return';

/** What a call does with the variables of the procedure. */
interface Around {
  readonly before: (variables: Variables) => Promise<void>;
  readonly after: (variables: Variables) => Promise<void>;
}

const SETTABLE = new Set(['time_zone', 'dataset_id', 'dataset_project_id', 'query_label']);

/** Procedures of the service that change nothing here, but for the end of a session. */
const isSystemProcedure = (path: readonly string[]) =>
  /^BQ\.(ABORT_SESSION|REFRESH_MATERIALIZED_VIEW|REFRESH_EXTERNAL_METADATA_CACHE)$/i.test(path.join('.'));

const quoteText = (text: string) => JSON.stringify(text);

export async function interpret(
  context: Context,
  environment: Environment,
  steps: readonly Step[],
  runSql: (environment: Environment, sql: string) => Promise<Outcome>,
  around?: Around,
): Promise<void> {
  const variables = new Variables(context, environment);
  try {
    await around?.before(variables);
    await runAll(steps);
    await around?.after(variables);
  } finally {
    if (!environment.session || environment.session.aborted) await variables.forget();
  }

  async function runAll(list: readonly Step[]): Promise<End> {
    for (const one of list) {
      const end = await run(one);
      if (end !== 'done') return end;
    }
    return 'done';
  }

  async function run(one: Step): Promise<End> {
    switch (one.kind) {
      case 'sql':
        await sql(environment, one.sql);
        return 'done';
      case 'declare':
        for (const name of one.names) await variables.declare(name, one.type, one.value);
        return 'done';
      case 'set':
        if (!one.several) await variables.set(one.names[0]!, one.value);
        else await variables.setAll(one.names, one.value);
        return 'done';
      case 'if':
        for (const { condition, body } of one.branches)
          if (condition === undefined || (await variables.isTrue(condition))) return runAll(body);
        return 'done';
      case 'case':
        return choose(one);
      case 'system':
        await setSystem(one.name, one.value);
        return 'done';
      case 'call':
        await call(one);
        return 'done';
      case 'loop':
        return loop(one);
      case 'for':
        return forEach(one);
      case 'block':
        return block(one);
      case 'execute':
        await execute(one);
        return 'done';
      case 'raise':
        throw invalidQuery(one.message === undefined ? 'RAISE' : await variables.text(one.message));
      case 'transaction':
        await context.storage.use((session) =>
          session.run(one.action === 'BEGIN' ? 'BEGIN TRANSACTION' : one.action),
        );
        return 'done';
      case 'break':
      case 'continue':
      case 'return':
        return one.kind;
    }
  }

  async function sql(scope: Environment, text: string): Promise<void> {
    const outcome = await runSql(scope, text);
    const rows = affectedRows(outcome);
    if (rows !== undefined) environment.system.set('row_count', String(rows));
  }

  async function choose({ subject, branches }: Step & { readonly kind: 'case' }): Promise<End> {
    for (const { condition, body } of branches) {
      const test = subject === undefined ? condition : `(${subject}) = (${condition})`;
      if (condition === undefined || (await variables.isTrue(test!))) return runAll(body);
    }
    throw invalidQuery('CASE statement: no WHEN clause matched and there is no ELSE clause');
  }

  /** The variables that scripts may set; others keep their place and change nothing here. */
  async function setSystem(name: string, value: string): Promise<void> {
    if (!SETTABLE.has(name)) throw notImplemented(`SET @@${name}`);
    const text = await variables.text(value);
    if (name === 'time_zone' && !/^(UTC|Etc\/UTC|GMT|\+00:00)$/i.test(text))
      throw notImplemented(`SET @@time_zone to "${text}"`);
    if (name === 'dataset_id')
      environment.defaultDataset = { projectId: environment.projectId, datasetId: text };
    environment.system.set(name, quoteText(text));
  }

  async function call({ path, args }: Step & { readonly kind: 'call' }): Promise<void> {
    if (isSystemProcedure(path)) {
      if (environment.session && /^ABORT_SESSION$/i.test(path.at(-1)!)) environment.session.aborted = true;
      return;
    }
    const procedure = findProcedure(environment, path);
    const { parameters, name, body } = procedure;
    if (args.length !== parameters.length)
      throw invalidQuery(
        `Procedure ${name} needs ${parameters.length} arguments, but ${args.length} were given`,
      );
    const inner: Environment = {
      ...environment,
      variables: new Map(),
      bind: undefined,
      session: undefined,
    };
    await interpret(context, inner, parseScript(body), runSql, {
      async before(own) {
        for (const [i, { name: parameter, type, mode }] of parameters.entries())
          if (mode === 'OUT') await own.declare(parameter, type, undefined);
          else await own.declareAs(parameter, type, await variables.value(args[i]!));
      },
      async after(own) {
        for (const [i, { name: parameter, mode }] of parameters.entries())
          if (mode === 'OUT' || mode === 'INOUT')
            await variables.bind(args[i]!.trim(), own.reference(parameter));
      },
    });
  }

  async function loop(one: Step & { readonly kind: 'loop' }): Promise<End> {
    for (;;) {
      if (one.while !== undefined && !(await variables.isTrue(one.while))) return 'done';
      const end = await runAll(one.body);
      if (end === 'return') return end;
      if (end === 'break' || (one.until !== undefined && (await variables.isTrue(one.until)))) return 'done';
    }
  }

  async function forEach({ name, query, body }: Step & { readonly kind: 'for' }): Promise<End> {
    const { sql: duck } = await translateStatement(environment, query);
    const rows = `bq_for_${Math.random().toString(36).slice(2)}`;
    const count = await context.storage.use(async (session) => {
      await session.run(`CREATE TEMP TABLE ${rows} AS ${duck}`);
      return Number((await session.run(`SELECT count(*) FROM ${rows}`)).rows[0]![0]);
    });
    try {
      for (let i = 0; i < count; i++) {
        await variables.bind(name, `SELECT r FROM (SELECT * FROM ${rows} WHERE rowid = ${i}) AS r`);
        const end = await runAll(body);
        if (end === 'return') return end;
        if (end === 'break') break;
      }
      return 'done';
    } finally {
      await context.storage.use((session) => session.run(`DROP TABLE ${rows}`));
    }
  }

  async function block({ body, handler }: Step & { readonly kind: 'block' }): Promise<End> {
    try {
      return await runAll(body);
    } catch (error) {
      if (!handler) throw error;
      const { message, status } = mapError(error);
      // What does not run here is no error that a script should handle.
      if (status === 501) throw error;
      environment.system.set('error.message', JSON.stringify(message));
      return runAll(handler);
    }
  }

  async function execute({ sql: text, into, using }: Step & { readonly kind: 'execute' }): Promise<void> {
    const statement = await variables.text(text);
    const parameters = await Promise.all(
      using.map(async ({ value, name }) => ({
        name,
        parameterType: { type: 'STRING' },
        parameterValue: { value: await variables.text(value) },
      })),
    );
    const scope = parameters.length > 0 ? { ...environment, bind: parameterBinder(parameters) } : environment;
    if (into.length === 0) {
      for (const one of parseScript(statement)) {
        if (one.kind !== 'sql') throw invalidQuery('EXECUTE IMMEDIATE takes one SQL statement');
        await sql(scope, one.sql);
      }
      return;
    }
    const { sql: duck } = await translateStatement(scope, statement);
    const columns = into.map((_, i) => quoteIdentifier(`c${i}`));
    for (const [i, name] of into.entries())
      await variables.bind(name, `SELECT ${columns[i]} FROM (${duck}) AS q(${columns.join(', ')})`);
  }
}
