// Variables of a script, kept as variables of DuckDB's connection: typed, and usable wherever a constant is.
import type { Context } from '../../context.ts';
import { invalidQuery } from '../../errors.ts';
import type { Environment } from '../environment.ts';
import { translateStatement } from '../environment.ts';

let scripts = 0;

export class Variables {
  readonly #context: Context;
  readonly #environment: Environment;
  readonly #prefix = `bq_script_${++scripts}`;
  readonly #types = new Map<string, string | undefined>();

  constructor(context: Context, environment: Environment) {
    this.#context = context;
    this.#environment = environment;
  }

  async declare(name: string, type: string | undefined, value: string | undefined): Promise<void> {
    const key = name.toLowerCase();
    if (this.#environment.variables.has(key))
      throw invalidQuery(`Variable '${name}' redeclaration is not allowed`);
    const sql = await this.#query(value ?? 'NULL', type);
    this.#environment.variables.set(key, `${this.#prefix}_${key}`);
    this.#types.set(key, type);
    await this.#store(key, sql);
  }

  async set(name: string, value: string): Promise<void> {
    const key = this.#known(name);
    await this.#store(key, await this.#query(value, this.#types.get(key)));
  }

  /** Several at once, from a list in brackets or from one struct. */
  async setAll(names: readonly string[], value: string): Promise<void> {
    const keys = names.map((name) => this.#known(name));
    const query = /^\s*\(\s*(SELECT|WITH)\b/i.test(value);
    const { sql } = await translateStatement(
      this.#environment,
      `SELECT ${query || !value.trim().startsWith('(') ? '' : 'STRUCT'}${value} AS v`,
    );
    const struct = `${this.#prefix}__struct`;
    await this.#run(`SET VARIABLE ${struct} = (${sql})`);
    for (const [i, key] of keys.entries())
      await this.#store(key, `SELECT struct_extract_at(getvariable('${struct}'), ${i + 1})`);
  }

  /** Gives a name to what DuckDB's query returns; used for the rows of FOR and the columns of INTO. */
  async bind(name: string, duck: string): Promise<void> {
    const key = name.toLowerCase();
    this.#environment.variables.set(key, `${this.#prefix}_${key}`);
    await this.#store(key, duck);
  }

  /** A variable with a value that DuckDB's query gives. */
  async declareAs(name: string, type: string, duck: string): Promise<void> {
    await this.declare(name, type, undefined);
    const key = name.toLowerCase();
    const value = await translateStatement(
      { ...this.#environment, variables: new Map([['bq_given', `${this.#prefix}__given`]]) },
      `SELECT CAST(bq_given AS ${type}) AS v`,
    );
    await this.#run(`SET VARIABLE ${this.#prefix}__given = (${duck})`);
    await this.#store(key, value.sql);
  }

  /** DuckDB's query for an expression. */
  async value(expression: string): Promise<string> {
    return (await translateStatement(this.#environment, `SELECT ${expression} AS v`)).sql;
  }

  /** DuckDB's query for a variable. */
  reference(name: string): string {
    return `SELECT getvariable('${this.#prefix}_${name.toLowerCase()}')`;
  }

  async isTrue(expression: string): Promise<boolean> {
    const { sql } = await translateStatement(this.#environment, `SELECT ${expression} AS v`);
    return (await this.#run(sql)).rows[0]?.[0] === true;
  }

  async text(expression: string): Promise<string> {
    const { sql } = await translateStatement(this.#environment, `SELECT CAST(${expression} AS STRING) AS v`);
    const value = (await this.#run(sql)).rows[0]?.[0];
    return typeof value === 'string' ? value : '';
  }

  async forget(): Promise<void> {
    for (const name of this.#environment.variables.values()) await this.#run(`RESET VARIABLE ${name}`);
  }

  #known(name: string): string {
    const key = name.toLowerCase();
    if (!this.#environment.variables.has(key)) throw invalidQuery(`Undeclared variable: ${name}`);
    return key;
  }

  async #query(value: string, type: string | undefined): Promise<string> {
    const expression = type === undefined ? value : `CAST((${value}) AS ${type})`;
    return (await translateStatement(this.#environment, `SELECT ${expression} AS v`)).sql;
  }

  async #store(key: string, duck: string): Promise<void> {
    await this.#run(`SET VARIABLE ${this.#prefix}_${key} = (${duck})`);
  }

  #run(sql: string) {
    return this.#context.storage.use((session) => session.run(sql));
  }
}
