// What reconciliations found, behind a port: one document per pipeline with where the next one goes on, and one per
// run, kept for ninety days (`expireAt` is for a TTL policy).
import type { DocumentSnapshot, Firestore } from 'firebase-admin/firestore';
import * as z from 'zod';
import { isTime, type Moment } from '../pipelines/fields.ts';
import { vouched } from '../pipelines/reason.ts';
import type { Log } from './log.ts';
import { fromGrpcError } from './client-error.ts';
import { reportExpiry } from '../steps/retention.ts';
import {
  FRESH_START,
  type Progress,
  type ReconcileReport,
  type RunRequest,
} from '../steps/reconcile-report.ts';

export interface Reports {
  /** Where the last run ended; a fresh start when there was none. */
  progress(pipeline: string): Promise<Progress>;
  /** Asks something of the next run of the pipeline; `save` of that run forgets it. */
  request(pipeline: string, request: RunRequest): Promise<void>;
  /** The last report of the pipeline. */
  last(pipeline: string): Promise<ReconcileReport | undefined>;
  save(report: ReconcileReport, progress: Progress): Promise<void>;
}

const count = z.int().min(0);
const progressSchema: z.ZodType<Progress> = z.object({
  countedDownTo: z.number().nullable(),
  verifiedUpTo: z.string().nullable(),
  wholeAt: z.number().nullable().default(null),
  explained: z.record(z.string(), z.object({ withoutRow: count, extra: count })),
});

const requestSchema: z.ZodType<RunRequest> = z.object({
  maxReads: count.optional(),
  verifyReads: count.optional(),
  verifyFromStart: z.boolean().optional(),
  dryRun: z.boolean().optional(),
});

const time = z.custom<Moment>(isTime).transform((value) => value.toDate());
const reportSchema: z.ZodType<ReconcileReport> = z.object({
  pipeline: z.string(),
  startedAt: time,
  finishedAt: time,
  since: time.nullable().default(null),
  complete: z.boolean(),
  expected: count,
  found: count,
  missing: count,
  healed: count,
  waiting: count,
  abandoned: count,
  extra: count,
  verified: count,
  allVerified: z.boolean(),
  dryRun: z.boolean(),
  reads: count,
});

/** Something malformed counts as none: the next run begins anew. */
export function createReports(connect: () => Promise<Firestore>, collectionName: string, log: Log): Reports {
  const collection = async () => (await connect()).collection(collectionName);

  async function get(pipeline: string): Promise<DocumentSnapshot> {
    try {
      return await (await collection()).doc(pipeline).get();
    } catch (error) {
      throw fromGrpcError({ service: 'firestore', operation: 'get report' }, error);
    }
  }

  function parse<T>(snapshot: DocumentSnapshot, field: string, schema: z.ZodType<T>): T | undefined {
    const value: unknown = snapshot.get(field);
    if (value === undefined) return undefined;
    const { data, error } = schema.safeParse(value);
    // The keys below these are data.
    const fields = error?.issues.map((issue) => [field, ...issue.path.slice(0, 1)].join('.'));
    if (fields) {
      const reason = vouched([...new Set(fields)].join(', '));
      log('ERROR', 'Report is malformed and counts as none', { pipeline: snapshot.id, reason });
    }
    return data;
  }

  return {
    async progress(pipeline) {
      const snapshot = await get(pipeline);
      const progress = parse(snapshot, 'progress', progressSchema) ?? FRESH_START;
      const request = parse(snapshot, 'request', requestSchema);
      return request ? { ...progress, request } : progress;
    },

    last: async (pipeline) => parse(await get(pipeline), 'report', reportSchema),

    async request(pipeline, request) {
      try {
        await (
          await collection()
        )
          .doc(pipeline)
          .set({ request: { ...request } }, { mergeFields: ['request'] });
      } catch (error) {
        throw fromGrpcError({ service: 'firestore', operation: 'request report' }, error);
      }
    },

    async save(report, { countedDownTo, verifiedUpTo, explained, wholeAt }) {
      const { pipeline, startedAt } = report;
      const expireAt = reportExpiry(startedAt);
      try {
        const reports = await collection();
        const batch = reports.firestore.batch();
        batch.set(reports.doc(pipeline), {
          report,
          progress: { countedDownTo, verifiedUpTo, explained, wholeAt },
        });
        batch.set(reports.doc(`${pipeline}_${startedAt.toISOString()}`), { ...report, expireAt });
        await batch.commit();
      } catch (error) {
        throw fromGrpcError({ service: 'firestore', operation: 'save report' }, error);
      }
    },
  };
}
