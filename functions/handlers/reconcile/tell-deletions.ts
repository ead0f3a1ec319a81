// Rows whose document is gone without a word: where the path stands in the row, each is looked at, and its deletion is
// told now, as its event would have told it. Elsewhere they are only counted.
import { erasesDeleted, tellsOfDeletions } from '../../pipelines/pipeline.ts';
import { deletionAfter } from '../../steps/deletion.ts';
import { isOpen } from '../../steps/failure.ts';
import { failureId } from '../../steps/ids.ts';
import { pathOfKey } from '../../steps/source.ts';
import type { TimeRange } from '../../steps/segments.ts';
import { syncDocument } from '../sync-document.ts';
import { checkBudget, type Run } from './run.ts';

/** Resolves to how many of the range have no document, and need not be looked at again. */
export async function tellDeletions(run: Run, range: TimeRange): Promise<number> {
  const { context, pipeline, tally, limits } = run;
  // An erasure cannot be taken back: none is asked for because a document is not found, be it in the wrong database.
  if (!tellsOfDeletions(pipeline) || erasesDeleted(pipeline)) return 0;
  let told = 0;
  for (const { key, version } of await context.rowIndex.within(pipeline, range)) {
    const path = pathOfKey(pipeline, key);
    if (path === undefined) return 0;
    checkBudget(run);
    tally.reads++;
    if (await context.documents.get(path)) continue;
    tally.reads++;
    const failure = await context.deadLetters.get(failureId(pipeline.name, path));
    if (failure && isOpen(failure)) {
      tally.waiting++;
      told++;
      continue;
    }
    tally.missing++;
    if (limits.dryRun) continue;
    const end = await syncDocument(context, pipeline, {
      path,
      data: undefined,
      deletion: deletionAfter(version),
    });
    if (end === 'delivered') tally.healed++;
    if (end === 'retry') tally.waiting++;
    if (end !== 'dead') told++;
  }
  return told;
}
