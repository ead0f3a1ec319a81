// The schema of a view: that of its query.
import type { Context } from './context.ts';
import { bareEnvironment, translateStatement } from './query/environment.ts';
import { resultFields } from './rows/result-fields.ts';
import type { Field } from './schema.ts';
import { mapError } from './sql/map-error.ts';

/** Throws ApiError when the query is wrong or names what does not exist. */
export async function viewFields(
  { catalog, storage, clock }: Context,
  projectId: string,
  query: string,
): Promise<Field[]> {
  const environment = bareEnvironment(catalog, projectId, clock.now());
  try {
    const { sql } = await translateStatement(environment, query);
    return resultFields(await storage.use((session) => session.describe(sql)));
  } catch (error) {
    throw mapError(error);
  }
}
