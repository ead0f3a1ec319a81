// Runs the steps of a script in order. It decides nothing about SQL: statements go to `runSql`.
import type { Context } from '../../context.ts';
import { invalidQuery } from '../../errors.ts';
import { quoteIdentifier } from '../../schema.ts';
import { mapError } from '../../sql/map-error.ts';
import { parameterBinder } from '../../sql/parameters.ts';
import { translateStatement } from '../environment.ts';
import type { Environment } from '../environment.ts';
import type { Outcome } from '../outcome.ts';
import { affectedRows } from '../outcome.ts';
import { parseScript } from './parse-script.ts';
import type { Step } from './steps.ts';
import { Variables } from './variables.ts';

/** How a list of steps ended. */
type End = 'done' | 'break' | 'continue' | 'return';

export async function interpret(
  context: Context,
  environment: Environment,
  steps: readonly Step[],
  runSql: (environment: Environment, sql: string) => Promise<Outcome>,
): Promise<void> {
  const variables = new Variables(context, environment);
  try {
    await runAll(steps);
  } finally {
    await variables.forget();
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
        if (one.names.length === 1) await variables.set(one.names[0]!, one.value);
        else await variables.setAll(one.names, one.value);
        return 'done';
      case 'if':
        for (const { condition, body } of one.branches)
          if (condition === undefined || (await variables.isTrue(condition))) return runAll(body);
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
