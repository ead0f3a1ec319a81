// A few documents each time, in the order of their paths, looked up whatever the counts say. Counts cannot tell a
// missing newer version of a document, nor a missing document beside a deleted one; this finds both in the end.
import { lookUp } from './look-up.ts';
import { isTimeSpent, type Run } from './run.ts';

const PAGE = 200;

/** Goes on after `from`; null is the beginning. Resolves to where the next run goes on. */
export async function verify(run: Run, from: string | null): Promise<string | null> {
  const { context, pipeline, limits, tally } = run;
  let path = from;
  for (let left = limits.verifyReads; left > 0; left -= PAGE) {
    if (isTimeSpent(run)) break;
    const limit = Math.min(left, PAGE);
    const page = await context.syncedDocuments.after(pipeline, path ?? undefined, limit);
    tally.reads += Math.max(1, page.length);
    await lookUp(run, page);
    tally.verified += page.length;
    if (page.length < limit) return null;
    path = page.at(-1)?.path ?? null;
  }
  return path;
}
