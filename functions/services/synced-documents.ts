// The documents of a pipeline that are to be in BigQuery, behind a port: counted by their time, and read in pages.
// Reads only. A pipeline whose documents have parents needs the collection-group indexes of firestore.indexes.json.
import type { Firestore, Query, QuerySnapshot } from 'firebase-admin/firestore';
import { toRfc3339 } from '../pipelines/fields.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { TimeRange } from '../steps/segments.ts';
import { fromGrpcError } from './client-error.ts';
import type { SourceDocument } from './documents.ts';

export interface FoundDocument extends SourceDocument {
  readonly path: string;
}

export interface SyncedDocuments {
  /**
   * How many have a time within the range. Firestore bills a read per 1,000 of them, and at least one. A range that
   * is open below takes in null and whatever else sorts before times; one that is open above, what sorts after them.
   */
  count(pipeline: Pipeline, range: TimeRange): Promise<number>;
  /** Those of the range, ordered by time and path, in pages of at most `pageSize`. One read each. */
  pages(pipeline: Pipeline, range: TimeRange, pageSize: number): AsyncIterable<readonly FoundDocument[]>;
  /** All of them, whatever their time, ordered by path: the next ones after that path. One read each. */
  after(pipeline: Pipeline, path: string | undefined, limit: number): Promise<readonly FoundDocument[]>;
}

export function createSyncedDocuments(connect: () => Promise<Firestore>): SyncedDocuments {
  const all = async ({ document, when }: Pipeline): Promise<Query> => {
    const firestore = await connect();
    const parts = document.split('/');
    const name = parts.at(-2) ?? '';
    // At the top there is one collection of that name; its indexes are there by themselves.
    const found = parts.length === 2 ? firestore.collection(name) : firestore.collectionGroup(name);
    return 'completed' in when ? found.where(when.completed.field, '==', when.completed.equals) : found;
  };

  // Cursors, not filters: a filter matches values of its own type only.
  const within = async (pipeline: Pipeline, { from, to }: TimeRange): Promise<Query> => {
    const { field, isText } = pipeline.time;
    // Whole seconds: what a text has behind them sorts after.
    const cursor = (ms: number) => (isText ? new Date(ms).toISOString().slice(0, 19) : new Date(ms));
    let query = (await all(pipeline)).orderBy(field);
    if (from !== null) query = query.startAt(cursor(from));
    if (to !== null) query = query.endBefore(cursor(to));
    return query;
  };

  return {
    async count(pipeline, range) {
      try {
        return (await (await within(pipeline, range)).count().get()).data().count;
      } catch (error) {
        throw fromGrpcError({ service: 'firestore', operation: 'count documents' }, error);
      }
    },

    async *pages(pipeline, range, pageSize) {
      let query = (await within(pipeline, range)).limit(pageSize);
      for (;;) {
        const { docs } = await read(query);
        if (docs.length > 0) yield docs.map(toFound);
        const last = docs.at(-1);
        if (!last || docs.length < pageSize) return;
        query = query.startAfter(last);
      }
    },

    async after(pipeline, path, limit) {
      let query = (await all(pipeline)).orderBy('__name__').limit(limit);
      if (path !== undefined) query = query.startAfter((await connect()).doc(path));
      return (await read(query)).docs.map(toFound);
    },
  };
}

async function read(query: Query): Promise<QuerySnapshot> {
  try {
    return await query.get();
  } catch (error) {
    throw fromGrpcError({ service: 'firestore', operation: 'query documents' }, error);
  }
}

function toFound(snapshot: QuerySnapshot['docs'][number]): FoundDocument {
  return { path: snapshot.ref.path, data: snapshot.data(), updateTime: toRfc3339(snapshot.updateTime) };
}
