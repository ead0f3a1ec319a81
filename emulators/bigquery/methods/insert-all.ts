// Streams rows into a table: validated one by one, all or nothing unless `skipInvalidRows` is set, and
// visible to the next query. The one hot method: nothing here waits for the engine.
import { tableName } from '../catalog.ts';
import { defaultsFor, withDefaults } from '../column-defaults.ts';
import type { Table, TableRef } from '../catalog.ts';
import type { Context, Method } from '../context.ts';
import { ApiError, invalid } from '../errors.ts';
import { getTarget, otherPartition } from '../partition.ts';
import type { Target } from '../partition.ts';
import { isRecord, jsonBody, tableRefOf } from '../request.ts';
import type { Cell } from '../rows/cell.ts';
import { coerceRow } from '../rows/coerce-row.ts';
import { RowError } from '../rows/coerce-value.ts';

const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
const MAX_ROWS = 50_000;
const MAX_INSERT_ID = 128;

interface RowReport {
  readonly index: number;
  readonly errors: readonly {
    readonly reason: string;
    readonly location: string;
    readonly debugInfo: string;
    readonly message: string;
  }[];
}

const report = (index: number, reason: string, location: string, message: string): RowReport => ({
  index,
  errors: [{ reason, location, debugInfo: '', message }],
});

function writable({ catalog }: Context, ref: TableRef): Target {
  const target = getTarget(catalog, ref);
  const { kind } = target.table;
  if (kind !== 'TABLE') throw invalid(`Cannot add rows to a table of type ${kind}.`);
  return target;
}

/** The table `<name><suffix>`, made after the template when it is not there yet. */
function suffixedTable({ catalog, storage }: Context, template: Table, suffix: string): Promise<Table> {
  const ref = { ...template.ref, tableId: template.ref.tableId + suffix };
  return storage.change(async (session) => {
    const existing = catalog.findTable(ref);
    if (existing) return existing;
    await storage.createTable(session, ref, template.fields);
    return catalog.addTable(ref, 'TABLE', template.fields, template.metadata);
  });
}

export const insertAll: Method = {
  name: 'insertAll',
  verb: 'POST',
  path: '/projects/{project}/datasets/{dataset}/tables/{table}/insertAll',
  async handle(context, request) {
    if (request.body.length > MAX_REQUEST_BYTES)
      throw new ApiError(
        413,
        'invalid',
        `Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`,
      );
    const body = jsonBody(request);
    const rows = Array.isArray(body['rows']) ? (body['rows'] as readonly unknown[]) : [];
    const skipInvalidRows = body['skipInvalidRows'] === true;
    const ignoreUnknownValues = body['ignoreUnknownValues'] === true;
    const suffix = body['templateSuffix'];
    const { table: named, partition } = writable(context, tableRefOf(request));
    const table =
      typeof suffix === 'string' && suffix !== '' ? await suffixedTable(context, named, suffix) : named;
    if (rows.length === 0) throw invalid('No rows present in the request.');
    if (rows.length > MAX_ROWS)
      throw invalid(`Too many rows present in the request: ${rows.length}. Max: ${MAX_ROWS}.`);
    if (table.fields.length === 0)
      throw invalid(`The destination table has no schema.`, tableName(table.ref));

    const defaults = await defaultsFor(context, table, rows.length);
    const failures: RowReport[] = [];
    const good: { readonly index: number; readonly insertId: string | undefined; readonly cells: Cell[] }[] =
      [];
    for (const [index, row] of rows.entries()) {
      const { insertId, json } = isRecord(row) ? row : {};
      if (typeof insertId === 'string' && insertId.length > MAX_INSERT_ID)
        throw invalid(`Insert ID exceeds the maximum length of ${MAX_INSERT_ID} characters.`);
      try {
        if (!isRecord(json)) throw new RowError('Missing row content.', '');
        const cells = coerceRow(withDefaults(json, defaults?.[index]), table.fields, ignoreUnknownValues);
        if (partition && !partition.holds(cells)) throw new RowError(otherPartition(partition.id), '');
        good.push({
          index,
          insertId: typeof insertId === 'string' && insertId !== '' ? insertId : undefined,
          cells,
        });
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        failures.push(report(index, 'invalid', error.location, error.message));
      }
    }
    if (failures.length > 0 && !skipInvalidRows)
      return reply([...failures, ...good.map(({ index }) => report(index, 'stopped', '', ''))]);

    const { streaming, storage } = context;
    const admitted = good.filter(
      ({ insertId }) => insertId === undefined || streaming.admit(table, insertId),
    );
    if (admitted.length > 0) {
      storage.stream(
        table,
        admitted.map(({ cells }) => cells),
      );
      streaming.add(table, admitted.length);
    }
    return reply(failures);
  },
};

function reply(insertErrors: readonly RowReport[]) {
  return {
    body: {
      kind: 'bigquery#tableDataInsertAllResponse',
      ...(insertErrors.length > 0 ? { insertErrors } : {}),
    },
  };
}
