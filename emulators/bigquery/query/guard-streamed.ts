// DML may not touch rows that were streamed a short while ago. The statement runs; when one of those rows
// is not as it was, everything is taken back.
import type { Table } from '../catalog.ts';
import type { Context } from '../context.ts';
import type { Session } from '../engine.ts';
import { invalidQuery } from '../errors.ts';
import { storageName } from '../storage.ts';

type Streaming = Pick<Context, 'streaming'>;

export async function guardStreamed<T>(
  { streaming }: Streaming,
  session: Session,
  table: Table,
  work: () => Promise<T>,
): Promise<T> {
  const ranges = streaming.ranges(table);
  if (ranges.length === 0) return work();
  const where = ranges.map(({ from, to }) => `(rowid >= ${from} AND rowid < ${to})`).join(' OR ');
  const print = async () => {
    const { rows } = await session.run(
      `SELECT count(*), sum(hash(t)) FROM ${storageName(table.ref)} AS t WHERE ${where}`,
    );
    return rows[0]!.map(String).join('/');
  };
  return session.transaction(async () => {
    const before = await print();
    const result = await work();
    if ((await print()) !== before) throw refusal(table, 'UPDATE or DELETE');
    return result;
  });
}

/** For statements that touch every row. */
export function refuseStreamed({ streaming }: Streaming, table: Table): void {
  if (streaming.info(table)) throw refusal(table, 'TRUNCATE');
}

function refusal({ ref }: Table, statement: string) {
  return invalidQuery(
    `${statement} statement over table ${ref.projectId}.${ref.datasetId}.${ref.tableId} would affect rows in the streaming buffer, which is not supported`,
  );
}
