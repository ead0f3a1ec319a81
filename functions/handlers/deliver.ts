// One attempt to bring one document version into BigQuery: the story that every road shares.
import type { Context } from '../context.ts';
import { erasesDeleted, type Pipeline } from '../pipelines/pipeline.ts';
import { classify } from '../steps/classify.ts';
import { deletedUntil, isLate } from '../steps/erasure.ts';
import { deletionErasureName } from '../steps/ids.ts';
import type { Outcome } from '../steps/outcome.ts';
import { parseDocument } from '../steps/parse-document.ts';
import type { PseudonymKey } from '../steps/pseudonym-key.ts';
import { pseudonymise } from '../steps/pseudonymise.ts';
import { ownersOf, type Source } from '../steps/source.ts';
import { toInsertRow } from '../steps/to-insert-row.ts';
import { requestErasure } from './request-erasure.ts';

export async function deliver(
  context: Context,
  pipeline: Pipeline,
  source: Source,
  key: PseudonymKey,
): Promise<Outcome> {
  // Of late versions alone: an erasure deletes what was younger when it began.
  const isToBeAsked = isLate(source.version.updateTime, context.now());
  if (isToBeAsked && (await isErased(context, pipeline, source))) return { kind: 'erased' };
  if (source.data === undefined && erasesDeleted(pipeline)) await eraseDeleted(context, pipeline, source);

  const parsed = parseDocument(pipeline, source);
  if (!parsed.ok) return { kind: 'dead', reason: parsed.reason };

  const { document } = parsed;
  const row = toInsertRow(pipeline, source, pseudonymise(pipeline, source, document, key), context.now());
  const verdict = await context.rowSink.insert(pipeline.table, row);
  if (verdict.stored) return { kind: 'delivered', unknownFields: document.unknownFields };

  const { kind, reason, overloaded } = classify(verdict.error);
  if (kind === 'permanent') return { kind: 'dead', reason };
  const { retryAfterSeconds } = verdict.error;
  return {
    kind: 'retry',
    reason,
    overloaded,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** Whether a tombstone stands for the version. */
export async function isErased(context: Context, pipeline: Pipeline, source: Source): Promise<boolean> {
  const names = ownersOf(pipeline, source.path).flatMap(({ subject, id }) =>
    context.keyring.all.map((key) => key.tombstone(subject, id)),
  );
  return context.tombstones.cover(names, source.version.updateTime);
}

/** Asked for before the row that hides the others is sent: that row may fail, and is one of those to go. */
async function eraseDeleted(context: Context, pipeline: Pipeline, { path, version }: Source): Promise<void> {
  const owner = ownersOf(pipeline, path).find(({ subject }) => subject === pipeline.document);
  if (!owner) throw new Error(`Cannot erase: path is not of pipeline "${pipeline.name}"`);
  const name = deletionErasureName(pipeline.name, path, version);
  await requestErasure(context, { name, ...owner, until: deletedUntil(version.updateTime) });
}
