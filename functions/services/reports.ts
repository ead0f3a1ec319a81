// What reconciliations found, behind a port: one document per pipeline with where the next one goes on, and one per
// run, kept for ninety days (`expireAt` is for a TTL policy).
import { Timestamp, type DocumentSnapshot, type Firestore } from 'firebase-admin/firestore';
import { z } from 'zod';
import type { Log } from './log.ts';
import { fromGrpcError } from './client-error.ts';
import { FRESH_START, type Progress, type ReconcileReport } from '../steps/reconcile-report.ts';

export interface Reports {
  /** Where the last run ended; a fresh start when there was none. */
  progress(pipeline: string): Promise<Progress>;
  /** The last report of the pipeline. */
  last(pipeline: string): Promise<ReconcileReport | undefined>;
  save(report: ReconcileReport, progress: Progress): Promise<void>;
}

const KEPT_MS = 90 * 86_400_000;

const count = z.int().min(0);
const progressSchema: z.ZodType<Progress> = z.object({
  countedDownTo: z.number().nullable(),
  verifiedUpTo: z.string().nullable(),
  explained: z.record(z.string(), z.object({ withoutRow: count, extra: count })),
});

const time = z.instanceof(Timestamp).transform((value) => value.toDate());
const reportSchema: z.ZodType<ReconcileReport> = z.object({
  pipeline: z.string(),
  startedAt: time,
  finishedAt: time,
  complete: z.boolean(),
  expected: count,
  found: count,
  missing: count,
  healed: count,
  waiting: count,
  abandoned: count,
  extra: count,
  verified: count,
  reads: count,
});

/** Something malformed counts as none: the next run begins anew. */
export function createReports(firestore: Firestore, collectionName: string, log: Log): Reports {
  const collection = firestore.collection(collectionName);

  async function read<T>(
    pipeline: string,
    field: 'progress' | 'report',
    schema: z.ZodType<T>,
  ): Promise<T | undefined> {
    let snapshot: DocumentSnapshot;
    try {
      snapshot = await collection.doc(pipeline).get();
    } catch (error) {
      throw fromGrpcError({ service: 'firestore', operation: 'get report' }, error);
    }
    const value: unknown = snapshot.get(field);
    if (value === undefined) return undefined;
    const { data, error } = schema.safeParse(value);
    const fields = error?.issues.map((issue) => issue.path.join('.'));
    if (fields) {
      log('ERROR', 'Report is malformed and counts as none', {
        pipeline,
        reason: `${field} ${fields.join(', ')}`,
      });
    }
    return data;
  }

  return {
    progress: async (pipeline) => (await read(pipeline, 'progress', progressSchema)) ?? FRESH_START,
    last: (pipeline) => read(pipeline, 'report', reportSchema),

    async save(report, progress) {
      const { pipeline, startedAt } = report;
      const batch = firestore.batch();
      const expireAt = new Date(startedAt.getTime() + KEPT_MS);
      batch.set(collection.doc(pipeline), { report, progress });
      batch.set(collection.doc(`${pipeline}_${startedAt.toISOString()}`), { ...report, expireAt });
      try {
        await batch.commit();
      } catch (error) {
        throw fromGrpcError({ service: 'firestore', operation: 'save report' }, error);
      }
    },
  };
}
