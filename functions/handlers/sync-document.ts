// session_onComplete and its like: a version of a document is to be synced, or that it was deleted. Everything is
// decided elsewhere: here is the order.
import type { Context } from '../context.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import { contentHash } from '../steps/content-hash.ts';
import { toAttempt } from '../steps/attempt.ts';
import { keyOf } from '../steps/deletion.ts';
import type { WrittenDocument } from '../steps/document-event.ts';
import { failureId } from '../steps/ids.ts';
import type { Outcome } from '../steps/outcome.ts';
import type { Source } from '../steps/source.ts';
import { deliver } from './deliver.ts';
import { settle } from './settle.ts';

/** Resolves to how it ended, when all is written down. */
export async function syncDocument(
  context: Context,
  pipeline: Pipeline,
  written: WrittenDocument,
): Promise<Outcome['kind']> {
  const source = toSource(written);
  const key = keyOf(context.keyring, source.version);

  const outcome = await deliver(context, pipeline, source, key);

  await settle(context, {
    failureId: failureId(pipeline.name, source.path),
    attempt: toAttempt(pipeline, source, key.version, undefined, context.now()),
    outcome,
    seen: written.data && { data: written.data, updateTime: written.updateTime },
  });
  return outcome.kind;
}

function toSource(written: WrittenDocument): Source {
  const { path, data } = written;
  if (data === undefined) return { path, data, version: written.deletion };
  return { path, data, version: { updateTime: written.updateTime, contentHash: contentHash(data) } };
}
