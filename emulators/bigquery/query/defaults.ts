// Default values of columns. DuckDB is told of them before each statement that may need one, because
// CURRENT_TIMESTAMP in a default is the time of the statement by the emulator's clock.
import type { Table } from '../catalog.ts';
import type { Session } from '../engine.ts';
import { quoteIdentifier } from '../schema.ts';
import { encodeValue } from '../rows/encode-row.ts';
import { plainValue } from '../rows/plain-value.ts';
import type { Field } from '../schema.ts';
import { typeOf } from '../schema.ts';
import { storageName } from '../storage.ts';
import { translateStatement } from './environment.ts';
import type { Environment } from './environment.ts';

const NONE: readonly Field[] = [];

export function fieldsWithDefault({ fields }: Table): readonly Field[] {
  return fields.some((field) => field['defaultValueExpression'] !== undefined)
    ? fields.filter((field) => typeof field['defaultValueExpression'] === 'string')
    : NONE;
}

/** The SQL of a field's default; its type is that of the field. */
async function expressionOf(environment: Environment, field: Field): Promise<string> {
  const text = String(field['defaultValueExpression']);
  const { sql } = await translateStatement(environment, `SELECT CAST((${text}) AS ${typeOf(field)}) AS v`);
  return sql.replace(/^SELECT /, '').replace(/ AS "?v"?$/, '');
}

/** Makes DuckDB fill in the defaults of the table in the statement that follows. */
export async function setDefaults(session: Session, environment: Environment, table: Table): Promise<void> {
  for (const field of fieldsWithDefault(table))
    await session.run(
      `ALTER TABLE ${storageName(table.ref)} ALTER COLUMN ${quoteIdentifier(field.name)} SET DEFAULT ${await expressionOf(environment, field)}`,
    );
}

/** The defaults for so many rows, each row as JSON like a client would send it. */
export async function defaultRows(
  session: Session,
  environment: Environment,
  table: Table,
  count: number,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const fields = fieldsWithDefault(table);
  const columns = await Promise.all(fields.map((field) => expressionOf(environment, field)));
  const { rows } = await session.run(`SELECT ${columns.join(', ')} FROM range(${count})`);
  return rows.map((row) =>
    Object.fromEntries(
      fields.map((field, i) => [field.name, plainValue(encodeValue(row[i], field, 'iso8601'), field)]),
    ),
  );
}
