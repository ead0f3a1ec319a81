// One attempt to bring one document version into BigQuery: the story that every road shares.
import type { Context } from '../context.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import { classify } from '../steps/classify.ts';
import type { Outcome } from '../steps/outcome.ts';
import { parseDocument } from '../steps/parse-document.ts';
import type { PseudonymKey } from '../steps/pseudonym-key.ts';
import { pseudonymise } from '../steps/pseudonymise.ts';
import type { Source } from '../steps/source.ts';
import { toInsertRow } from '../steps/to-insert-row.ts';

export async function deliver(
  context: Context,
  pipeline: Pipeline,
  source: Source,
  key: PseudonymKey,
): Promise<Outcome> {
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
