// What a reader finds among rows in memory: the newest version of each key.
import {
  CLOCKS_AHEAD_MS,
  type IndexedRow,
  type RowIndex,
  type RowKey,
} from '../../../functions/services/row-index.ts';
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import type { InsertRow } from '../../../functions/steps/to-insert-row.ts';
import { UNIT_MS, type TimeRange } from '../../../functions/steps/segments.ts';

export function indexRows(rows: readonly InsertRow[], pipeline: Pipeline): readonly IndexedRow[] {
  const newest = new Map<string, IndexedRow>();
  for (const { json } of rows) {
    const key = pipeline.key.map((column) => String(json[column]));
    const version = String(json['source_updated_at']);
    const time = json[pipeline.time.column];
    const timeMs = typeof time === 'string' ? Math.floor(Date.parse(time)) : null;
    const other = newest.get(JSON.stringify(key));
    if (!other || other.version <= version) newest.set(JSON.stringify(key), { key, version, timeMs });
  }
  return [...newest.values()];
}

export class FakeRowIndex implements RowIndex {
  readonly #rows: (table: string) => readonly InsertRow[];

  constructor(rows: (table: string) => readonly InsertRow[]) {
    this.#rows = rows;
  }

  async count(
    pipeline: Pipeline,
    unit: 'day' | 'minute',
    range: TimeRange,
  ): Promise<ReadonlyMap<number, number>> {
    const counts = new Map<number, number>();
    for (const { timeMs } of await this.within(pipeline, range)) {
      const start = Math.floor((timeMs ?? 0) / UNIT_MS[unit]) * UNIT_MS[unit];
      counts.set(start, (counts.get(start) ?? 0) + 1);
    }
    return counts;
  }

  async within(pipeline: Pipeline, { from, to }: TimeRange): Promise<readonly IndexedRow[]> {
    return indexRows(this.#scanned(pipeline, from), pipeline).filter(
      ({ timeMs }) => timeMs !== null && timeMs >= (from ?? -Infinity) && timeMs < (to ?? Infinity),
    );
  }

  #scanned({ table }: Pipeline, from: number | null): readonly InsertRow[] {
    return this.#rows(table).filter(
      ({ json }) => from === null || Date.parse(String(json['source_updated_at'])) >= from - CLOCKS_AHEAD_MS,
    );
  }

  async find(pipeline: Pipeline, keys: readonly RowKey[]): Promise<readonly IndexedRow[]> {
    const wanted = new Set(keys.map((key) => JSON.stringify(key)));
    return indexRows(this.#rows(pipeline.table), pipeline).filter(({ key }) =>
      wanted.has(JSON.stringify(key)),
    );
  }
}
