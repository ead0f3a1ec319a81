// Legacy SQL is not served, but most clients ask for it only by not saying otherwise: what is written the
// same way in both dialects runs.
import { textOf } from './request.ts';
import type { Body } from './request.ts';

/** Whether a query (of a job or view) can be nothing but legacy SQL. */
export function isLegacySql({ query, useLegacySql }: Body): boolean {
  const sql = textOf(query) ?? '';
  return useLegacySql === true && !/^\s*#standardSQL/i.test(sql) && /\[[\w-]+[:.][\w.$-]+\]/.test(sql);
}
