// Turns the outcome of an attempt into what remains of it: the failure record, its task, the document's status.
// The record comes first: it is the durable copy. Whatever throws here makes the platform redeliver.
import type { Context } from '../context.ts';
import {
  afterAttempt,
  afterErasure,
  isOpen,
  type Attempt,
  type Failure,
  type FailureStatus,
} from '../steps/failure.ts';
import type { FailureId } from '../steps/ids.ts';
import type { Attempted, Outcome } from '../steps/outcome.ts';
import type { SourceDocument } from '../services/documents.ts';
import { replaces, speaksOf, type SyncState, type SyncStatus } from '../steps/sync-status.ts';
import { reasonOf } from '../steps/unexpected-error.ts';
import { isNewer, recordedVersion } from '../steps/version.ts';

/** What the document says while its failure is in that state. */
const STATE_OF: Readonly<Record<FailureStatus, SyncState>> = {
  pending: 'failed',
  resolved: 'synced',
  abandoned: 'abandoned',
};

export interface Settlement {
  readonly failureId: FailureId;
  readonly attempt: Attempt;
  readonly outcome: Outcome;
  /** The document as the attempt saw it; undefined when it saw that the document is gone. */
  readonly seen: SourceDocument | undefined;
}

/** Resolves to the record as it stands after the attempt, if there is one. */
export async function settle(context: Context, settlement: Settlement): Promise<Failure | undefined> {
  const { failureId, attempt, outcome, seen } = settlement;
  if (outcome.kind === 'erased') return closeErased(context, settlement);
  const decide = (current: Failure | undefined) => afterAttempt(current, attempt, outcome, context.retry);

  // A delivery has nothing to record unless a record is open: one read instead of a transaction.
  const before = outcome.kind === 'delivered' ? await context.deadLetters.get(failureId) : undefined;
  const concerned = outcome.kind !== 'delivered' || (before !== undefined && isOpen(before));
  const failure = concerned ? await context.deadLetters.update(failureId, decide) : undefined;

  const opensTask =
    attempt.generation === undefined && outcome.kind === 'retry' && failure?.status === 'pending';
  if (opensTask) await enqueue(context, failureId, failure.generation);

  const status = toStatus(attempt, outcome, failure);
  if (seen && replaces(status, seen.data)) {
    await context.documents.writeStatus(attempt.subject.documentPath, status, seen.updateTime);
  }
  log(context, settlement, outcome, failure);
  return failure;
}

/** A record is closed, for the erasure to delete. One of a newer version stays open: the person came back. */
async function closeErased(
  context: Context,
  { failureId, attempt }: Settlement,
): Promise<Failure | undefined> {
  const after = await context.deadLetters.update(failureId, (current) => afterErasure(current, attempt));
  const { pipeline } = attempt.subject;
  context.log('INFO', 'Row not sent: the person was erased', { pipeline, failureId, outcome: 'erased' });
  return after;
}

/**
 * Writes the status that a record stands for, where the document holds that version and does not say so. `seen` is the
 * document as it was read; a status is never written over what changed since.
 */
export async function restoreStatus(
  context: Context,
  failure: Failure,
  seen: SourceDocument | undefined,
): Promise<void> {
  const { documentPath, documentVersion: version, retryCount, failureReason } = failure;
  const state = STATE_OF[failure.status];
  const status: SyncStatus = { state, version, error: state === 'synced' ? null : failureReason, retryCount };
  if (!seen) return;
  const isSaid = seen.data['bigquerySyncStatus'] === state;
  if (isSaid && recordedVersion(seen.data)?.updateTime === version.updateTime) return;
  if (speaksOf(status, seen.data) && replaces(status, seen.data)) {
    await context.documents.writeStatus(documentPath, status, seen.updateTime);
  }
}

/** A failed enqueue loses nothing: the record is there, and the sweep gives it a task. */
async function enqueue(context: Context, failureId: FailureId, generation: number): Promise<void> {
  try {
    await context.retryQueue.enqueue({ failureId, generation });
  } catch (error) {
    const said = { failureId, generation, reason: reasonOf(error) };
    context.log('WARNING', 'Retry not enqueued; the sweep will', said);
  }
}

function toStatus(attempt: Attempt, outcome: Attempted, failure: Failure | undefined): SyncStatus {
  const version = attempt.subject.documentVersion;
  const retryCount = failure?.retryCount ?? 0;
  switch (outcome.kind) {
    case 'delivered':
      return { state: 'synced', version, error: null, retryCount };
    case 'retry': {
      // Another attempt may have delivered this version meanwhile.
      if (failure?.status === 'resolved' && !isNewer(version, failure.documentVersion)) {
        return { state: 'synced', version, error: null, retryCount };
      }
      const state = failure?.status === 'abandoned' ? 'abandoned' : 'failed';
      return { state, version, error: outcome.reason, retryCount };
    }
    case 'dead':
      return { state: 'abandoned', version, error: outcome.reason, retryCount };
  }
}

function log(
  context: Context,
  { failureId, attempt }: Settlement,
  outcome: Attempted,
  failure: Failure | undefined,
): void {
  const { pipeline } = attempt.subject;
  const where = { pipeline, failureId, ...(failure ? { attempt: failure.retryCount } : {}) };
  switch (outcome.kind) {
    case 'delivered':
      context.log('INFO', 'Row delivered', {
        pipeline,
        outcome: 'delivered',
        ...(outcome.unknownFields ? { unknownFields: outcome.unknownFields } : {}),
      });
      break;
    case 'retry': {
      const abandoned = failure?.status === 'abandoned';
      context.log(abandoned ? 'ERROR' : 'WARNING', abandoned ? 'Row abandoned' : 'Row will be retried', {
        ...where,
        outcome: abandoned ? 'abandoned' : 'retry',
        reason: outcome.reason,
      });
      break;
    }
    case 'dead':
      context.log('ERROR', 'Row abandoned', { ...where, outcome: 'abandoned', reason: outcome.reason });
      break;
  }
}
