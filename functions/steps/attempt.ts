// What the failure record needs to know of an attempt to deliver a source.
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { Attempt } from './failure.ts';
import { subjectOf, type Source } from './source.ts';

/** `generation` is that of the task that makes the attempt; undefined for the trigger. */
export function toAttempt(
  pipeline: Pipeline,
  source: Source,
  keyVersion: number,
  generation: number | undefined,
  at: Date,
): Attempt {
  return {
    subject: {
      userId: subjectOf(pipeline, source.path),
      sessionId: source.path.slice(source.path.lastIndexOf('/') + 1),
      documentPath: source.path,
      pipeline: pipeline.name,
      tableName: pipeline.table,
      documentVersion: source.version,
      keyVersion,
    },
    generation,
    at,
  };
}
