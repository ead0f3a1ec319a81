// extract jobs.
import type { Context } from '../context.ts';
import { notImplemented } from '../errors.ts';
import type { Outcome } from '../query/outcome.ts';
import type { Body } from '../request.ts';

export function runExtract(_: Context, __: string, ___: Body, ____?: Buffer): Promise<Outcome> {
  throw notImplemented('Job type extract');
}
