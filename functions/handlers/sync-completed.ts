// session_onComplete and its like: a document was completed. Everything is decided elsewhere: here is the order.
import type { Context } from '../context.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import { contentHash } from '../steps/content-hash.ts';
import { toAttempt } from '../steps/attempt.ts';
import type { CompletedDocument } from '../steps/document-event.ts';
import { failureId } from '../steps/ids.ts';
import type { Outcome } from '../steps/outcome.ts';
import type { Source } from '../steps/source.ts';
import { deliver } from './deliver.ts';
import { settle } from './settle.ts';

/** Resolves to how it ended, when all is written down. */
export async function syncCompleted(
  context: Context,
  pipeline: Pipeline,
  { path, data, updateTime }: CompletedDocument,
): Promise<Outcome['kind']> {
  const source: Source = { path, data, version: { updateTime, contentHash: contentHash(data) } };
  const key = context.keyring.at(updateTime);

  const outcome = await deliver(context, pipeline, source, key);

  await settle(context, {
    failureId: failureId(pipeline.name, path),
    attempt: toAttempt(pipeline, source, key.version, undefined, context.now()),
    outcome,
    seen: { data, updateTime },
  });
  return outcome.kind;
}
