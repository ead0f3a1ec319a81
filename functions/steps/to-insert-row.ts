// The row as it is sent: one insertId and one body per document version, `synced_at` apart.
import type { Pipeline, Pseudonymised, Row } from '../pipelines/pipeline.ts';
import { insertId } from './ids.ts';
import type { Source } from './source.ts';

export interface InsertRow {
  readonly insertId: string;
  readonly json: Row;
}

export function toInsertRow<Doc>(
  pipeline: Pipeline<Doc>,
  source: Source,
  pseudonymised: Pseudonymised<Doc>,
  now: Date,
): InsertRow {
  return {
    insertId: insertId(pipeline.name, source.path, source.version),
    json: { ...pipeline.toRow(pseudonymised), synced_at: now.toISOString() },
  };
}
