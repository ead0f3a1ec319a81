// DML may not touch rows that were streamed a short while ago. Here that means the whole table.
import type { Table } from '../catalog.ts';
import type { Context } from '../context.ts';
import { invalidQuery } from '../errors.ts';

export function refuseStreamed({ streaming }: Pick<Context, 'streaming'>, table: Table): void {
  if (!streaming.info(table)) return;
  const { ref } = table;
  const name = `${ref.projectId}.${ref.datasetId}.${ref.tableId}`;
  throw invalidQuery(
    `UPDATE or DELETE statement over table ${name} would affect rows in the streaming buffer, which is not supported`,
  );
}
