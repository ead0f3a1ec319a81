// What a job tells of its work. There is one machine and no columnar storage: a plan has one stage, slots
// cost nothing, and bytes are estimates.
import type { Outcome } from './query/outcome.ts';
import { affectedRows } from './query/outcome.ts';
import type { Body } from './request.ts';

export type JobKind = 'query' | 'load' | 'copy' | 'extract';

export function jobStatistics(
  kind: JobKind,
  outcome: Outcome | undefined,
  startMs: number,
  endMs: number,
): Body {
  const times = { creationTime: String(startMs), startTime: String(startMs), endTime: String(endMs) };
  if (kind !== 'query') return { ...times, ...outcome?.statistics };
  const bytes = String(outcome?.bytesProcessed ?? 0);
  return {
    ...times,
    totalBytesProcessed: bytes,
    totalSlotMs: '0',
    ...(outcome?.sessionId === undefined ? {} : { sessionInfo: { sessionId: outcome.sessionId } }),
    finalExecutionDurationMs: String(Math.max(1, endMs - startMs)),
    query: {
      totalBytesProcessed: bytes,
      totalBytesBilled: '0',
      totalSlotMs: '0',
      billingTier: 0,
      cacheHit: false,
      estimatedBytesProcessed: bytes,
      totalBytesProcessedAccuracy: 'UNKNOWN',
      totalPartitionsProcessed: '0',
      ...(outcome ? queryStatistics(outcome, startMs, endMs) : {}),
    },
  };
}

function queryStatistics(outcome: Outcome, startMs: number, endMs: number): Body {
  const { statementType, result, dml, ddl, referenced } = outcome;
  const rows = affectedRows(outcome);
  return {
    statementType,
    ...onePlan(startMs, endMs, result?.rows.length ?? rows ?? 0),
    ...(result ? { schema: { fields: result.fields } } : {}),
    ...(rows === undefined ? {} : { numDmlAffectedRows: String(rows), dmlStats: textsOf(dml) }),
    ...(ddl ? ddlStatistics(ddl) : {}),
    ...(referenced && referenced.length > 0 ? { referencedTables: referenced } : {}),
  };
}

function onePlan(startMs: number, endMs: number, rows: number): Body {
  const stage = {
    name: 'S00: Output',
    id: '0',
    startMs: String(startMs),
    endMs: String(endMs),
    status: 'COMPLETE',
    parallelInputs: '1',
    completedParallelInputs: '1',
    recordsRead: '0',
    recordsWritten: String(rows),
    steps: [],
  };
  const sample = {
    elapsedMs: String(endMs - startMs),
    totalSlotMs: '0',
    pendingUnits: '0',
    completedUnits: '1',
    activeUnits: '0',
  };
  return { queryPlan: [stage], timeline: [sample] };
}

function textsOf(counts: Outcome['dml']): Body {
  return Object.fromEntries(Object.entries(counts ?? {}).map(([key, value]) => [key, String(value)]));
}

function ddlStatistics({ operation, target }: NonNullable<Outcome['ddl']>): Body {
  const key = 'tableId' in target ? 'ddlTargetTable' : 'ddlTargetDataset';
  return { ddlOperationPerformed: operation, [key]: target };
}
