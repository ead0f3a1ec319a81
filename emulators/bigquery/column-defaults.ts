// What rows that clients send leave out, where the columns have default values.
import type { Table } from './catalog.ts';
import type { Context } from './context.ts';
import { defaultRows, fieldsWithDefault } from './query/defaults.ts';
import { bareEnvironment } from './query/environment.ts';
import type { Body } from './request.ts';

/** The defaults of so many rows; undefined when the table has none. */
export async function defaultsFor(
  { catalog, storage, clock }: Context,
  table: Table,
  count: number,
): Promise<readonly Body[] | undefined> {
  if (fieldsWithDefault(table).length === 0) return undefined;
  const environment = bareEnvironment(catalog, table.ref.projectId, clock.now());
  return storage.use((session) => defaultRows(session, environment, table, count));
}

/** A value that is given stays, also null. */
export function withDefaults(json: Body, defaults: Body | undefined): Body {
  if (!defaults) return json;
  const given = new Set(Object.keys(json).map((name) => name.toLowerCase()));
  const missing = Object.entries(defaults).filter(([name]) => !given.has(name.toLowerCase()));
  return { ...json, ...Object.fromEntries(missing) };
}
