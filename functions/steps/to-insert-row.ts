// The row as it is sent: one insertId and one body per document version, `synced_at` apart.
import { SYNCED_COLUMN, type Pipeline, type Row } from '../pipelines/pipeline.ts';
import { insertId } from './ids.ts';
import type { Source } from './source.ts';

export interface InsertRow {
  readonly insertId: string;
  readonly json: Row;
}

export function toInsertRow(pipeline: Pipeline, source: Source, row: Row, now: Date): InsertRow {
  return {
    insertId: insertId(pipeline.name, source.path, source.version),
    json: { ...row, [SYNCED_COLUMN]: now.toISOString() },
  };
}
