// How much a statement reads, by an estimate: rows times the width of the tables.
import type { Table } from '../catalog.ts';
import type { Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { rowBytes } from '../resources.ts';

/** Each table that is read costs at least this much. */
const MIN_BILLED = 10 * 1024 * 1024;

/** Throws when more would be billed than `limit` allows. */
export async function bytesOf(
  { storage }: Context,
  tables: readonly Table[],
  limit: number | undefined,
): Promise<number> {
  let [bytes, billed] = [0, 0];
  for (const table of tables) {
    const read = (await storage.countRows(table)) * rowBytes(table.fields);
    bytes += read;
    billed += Math.max(read, MIN_BILLED);
  }
  if (limit !== undefined && billed > limit)
    throw new ApiError(
      400,
      'bytesBilledLimitExceeded',
      `Query exceeded limit for bytes billed: ${limit}. ${billed} or higher required.`,
    );
  return bytes;
}
