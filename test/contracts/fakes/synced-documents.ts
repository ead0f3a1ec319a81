// The documents of a pipeline among those in memory, ordered as Firestore orders them: by time, then by path.
import { Timestamp } from 'firebase-admin/firestore';
import type { SyncedDocuments, FoundDocument } from '../../../functions/services/synced-documents.ts';
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import type { TimeRange } from '../../../functions/steps/segments.ts';
import { isToSync } from '../../../functions/steps/source.ts';

/** Values that are no times sort before them, except texts and what follows those. */
function positionOf(value: unknown, isText: boolean): number {
  if (value instanceof Timestamp) return isText ? -Infinity : value.toMillis();
  if (isText && typeof value === 'string') return Date.parse(value);
  return typeof value === 'string' || (typeof value === 'object' && value !== null) ? Infinity : -Infinity;
}

export function syncedIn(
  documents: Iterable<FoundDocument>,
  pipeline: Pipeline,
  range?: TimeRange,
): readonly FoundDocument[] {
  const timeOf = ({ data }: FoundDocument) => positionOf(data[pipeline.time.field], pipeline.time.isText);
  const pattern = pipeline.document.split('/');
  const isTop = pattern.length === 2;
  return [...documents]
    .filter(({ path }) => path.split('/').at(-2) === pattern.at(-2))
    .filter(({ path }) => !isTop || path.split('/').length === 2)
    .filter(({ data }) => isToSync(pipeline, (name) => data[name]))
    .filter((found) => {
      if (!range) return true;
      const { from, to } = range;
      if (found.data[pipeline.time.field] === undefined) return false;
      return (from === null || timeOf(found) >= from) && (to === null || timeOf(found) < to);
    })
    .toSorted((a, b) => (range ? timeOf(a) - timeOf(b) : 0) || (a.path < b.path ? -1 : 1));
}

export class FakeSyncedDocuments implements SyncedDocuments {
  readonly #documents: () => Iterable<FoundDocument>;

  constructor(documents: () => Iterable<FoundDocument>) {
    this.#documents = documents;
  }

  async count(pipeline: Pipeline, range: TimeRange): Promise<number> {
    return syncedIn(this.#documents(), pipeline, range).length;
  }

  async *pages(pipeline: Pipeline, range: TimeRange, pageSize: number) {
    const found = syncedIn(this.#documents(), pipeline, range);
    for (let i = 0; i < found.length; i += pageSize) yield found.slice(i, i + pageSize);
  }

  async after(
    pipeline: Pipeline,
    path: string | undefined,
    limit: number,
  ): Promise<readonly FoundDocument[]> {
    return syncedIn(this.#documents(), pipeline)
      .filter((found) => path === undefined || found.path > path)
      .slice(0, limit);
  }
}
