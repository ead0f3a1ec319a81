// The quasi-identifiers of a pipeline in GoogleSQL: each column as precise as an attacker is taken to know it.
import type { Pipeline, Reidentification } from '../../../functions/pipelines/pipeline.ts';
import { TABLES } from '../../tables.ts';

type Precision = Reidentification['quasiIdentifiers'][number]['to'];

export interface QuasiIdentifier {
  readonly column: string;
  readonly sql: string;
  /** For people. */
  readonly label: string;
}

export function quasiIdentifiersOf(pipeline: Pipeline): readonly QuasiIdentifier[] {
  return (pipeline.reidentification?.quasiIdentifiers ?? []).map(({ column, to }) => ({
    column,
    sql: toSql(pipeline, column, to),
    label: to === 'value' ? column : `${column} (${to})`,
  }));
}

function toSql({ table }: Pipeline, column: string, to: Precision): string {
  switch (to) {
    case 'value': {
      // GoogleSQL partitions by no floating point number.
      const type = TABLES.get(table)?.schema.fields.find(({ name }) => name === column)?.type;
      return type === 'FLOAT' ? `CAST(${column} AS STRING)` : column;
    }
    case 'hour':
      return `TIMESTAMP_TRUNC(${column}, HOUR)`;
    case 'day':
      return `TIMESTAMP_TRUNC(${column}, DAY)`;
    case 'major':
      return `REGEXP_EXTRACT(${column}, r'^v?(\\d{1,4})(?:\\.[\\w.-]*)?$')`;
  }
}
