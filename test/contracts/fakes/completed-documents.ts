// The completed documents among those in memory, ordered as Firestore orders them: by time, then by path.
import { Timestamp } from 'firebase-admin/firestore';
import type { CompletedDocuments, FoundDocument } from '../../../functions/services/completed-documents.ts';
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import type { TimeRange } from '../../../functions/steps/segments.ts';
import { isCompleted } from '../../../functions/steps/source.ts';

/** Values that are no times sort before them, except texts and what follows those. */
function positionOf(value: unknown): number {
  if (value instanceof Timestamp) return value.toMillis();
  return typeof value === 'string' || (typeof value === 'object' && value !== null) ? Infinity : -Infinity;
}

export function completedIn(
  documents: Iterable<FoundDocument>,
  pipeline: Pipeline,
  range?: TimeRange,
): readonly FoundDocument[] {
  const timeOf = ({ data }: FoundDocument) => positionOf(data[pipeline.time.field]);
  const collection = pipeline.document.split('/').at(-2);
  return [...documents]
    .filter(({ path }) => path.split('/').at(-2) === collection)
    .filter(({ data }) => isCompleted(pipeline, (name) => data[name]))
    .filter((found) => {
      if (!range) return true;
      const { from, to } = range;
      if (found.data[pipeline.time.field] === undefined) return false;
      return (from === null || timeOf(found) >= from) && (to === null || timeOf(found) < to);
    })
    .toSorted((a, b) => (range ? timeOf(a) - timeOf(b) : 0) || (a.path < b.path ? -1 : 1));
}

export class FakeCompletedDocuments implements CompletedDocuments {
  readonly #documents: () => Iterable<FoundDocument>;

  constructor(documents: () => Iterable<FoundDocument>) {
    this.#documents = documents;
  }

  async count(pipeline: Pipeline, range: TimeRange): Promise<number> {
    return completedIn(this.#documents(), pipeline, range).length;
  }

  async *pages(pipeline: Pipeline, range: TimeRange, pageSize: number) {
    const found = completedIn(this.#documents(), pipeline, range);
    for (let i = 0; i < found.length; i += pageSize) yield found.slice(i, i + pageSize);
  }

  async after(
    pipeline: Pipeline,
    path: string | undefined,
    limit: number,
  ): Promise<readonly FoundDocument[]> {
    return completedIn(this.#documents(), pipeline)
      .filter((found) => path === undefined || found.path > path)
      .slice(0, limit);
  }
}
