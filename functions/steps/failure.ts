// The failure record (dead letter) and its state machine: pending → resolved | abandoned. A closed record is opened
// again by a newer version of the document, by a replay, or, when it was given up for a reason that goes away by
// itself, by the sweep: always under the next generation, so that tasks of the former one find nothing to do.
import type { DocumentVersion } from '../pipelines/pipeline.ts';
import { reason, type Reason } from '../pipelines/reason.ts';
import { backoffMs, type RetryPolicy } from './backoff.ts';
import { isThereSince } from './deletion.ts';
import type { Attempted } from './outcome.ts';
import { isNewer } from './version.ts';

export type FailureStatus = 'pending' | 'resolved' | 'abandoned';

export interface Failure {
  readonly userId: string;
  readonly sessionId: string;
  readonly documentPath: string;
  readonly pipeline: string;
  readonly tableName: string;
  /** The version that failed, and the key it was pseudonymised with: a retry of the same version sends the same row. */
  readonly documentVersion: DocumentVersion;
  readonly keyVersion: number;
  /** Codes, reasons and field paths, never values. */
  readonly failureReason: Reason;
  readonly failureKind: 'permanent' | 'transient';
  /** Attempts by tasks since the record was last opened; the trigger's own attempt is not one. */
  readonly retryCount: number;
  /** Which task owns the record: others are stale. Raised by every new opening, replay and re-issued task. */
  readonly generation: number;
  readonly lastRetryAt: Date | null;
  /** Pending: when its task should have run at the latest. Abandoned: when it is opened again; null for never. */
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly resolvedAt: Date | null;
  readonly status: FailureStatus;
}

/** What there is to know of an attempt besides how it ended. */
export interface Attempt {
  readonly subject: Pick<
    Failure,
    'userId' | 'sessionId' | 'documentPath' | 'pipeline' | 'tableName' | 'documentVersion' | 'keyVersion'
  >;
  /** Generation of the task that made the attempt; undefined when the trigger did. */
  readonly generation: number | undefined;
  readonly at: Date;
}

/**
 * The record after an attempt. Returns `current` itself when the attempt changes nothing: it is stale, or
 * speaks of an older version than the record does.
 */
export function afterAttempt(
  current: Failure | undefined,
  attempt: Attempt,
  outcome: Attempted,
  policy: RetryPolicy,
): Failure | undefined {
  switch (outcome.kind) {
    case 'delivered':
      return afterDelivery(current, attempt);
    case 'retry':
      return afterTransient(current, attempt, outcome.reason, policy);
    case 'dead':
      return afterPermanent(current, attempt, outcome.reason);
  }
}

function afterDelivery(
  current: Failure | undefined,
  { subject, generation, at }: Attempt,
): Failure | undefined {
  if (!current || !isOpen(current)) return current;
  if (isNewer(current.documentVersion, subject.documentVersion)) return current;
  const counts = generation !== undefined && current.status === 'pending';
  const counted = counts ? { retryCount: current.retryCount + 1, lastRetryAt: at } : {};
  return { ...current, ...counted, status: 'resolved', resolvedAt: at, nextAttemptAt: null, updatedAt: at };
}

function afterTransient(
  current: Failure | undefined,
  attempt: Attempt,
  why: Reason,
  policy: RetryPolicy,
): Failure | undefined {
  const { subject, generation, at } = attempt;
  if (generation === undefined) {
    if (current && !isNewer(subject.documentVersion, current.documentVersion)) return current;
    return {
      ...opened(current, attempt, why, 'transient'),
      nextAttemptAt: later(at, backoffMs(1, policy)),
    };
  }
  if (!current || !speaksFor(attempt, current)) return current;
  const counted = {
    ...current,
    documentVersion: subject.documentVersion,
    keyVersion: subject.keyVersion,
    failureReason: why,
    failureKind: 'transient' as const,
    retryCount: current.retryCount + 1,
    lastRetryAt: at,
    updatedAt: at,
  };
  return counted.retryCount >= policy.maxAttempts
    ? {
        ...counted,
        status: 'abandoned',
        nextAttemptAt: later(at, pauseMs(counted, at)),
        failureReason: reason`${policy.maxAttempts} attempts spent: ${why}`,
      }
    : { ...counted, nextAttemptAt: later(at, backoffMs(counted.retryCount + 1, policy)) };
}

function afterPermanent(current: Failure | undefined, attempt: Attempt, why: Reason): Failure | undefined {
  const { subject, generation, at } = attempt;
  const abandoned = { status: 'abandoned', nextAttemptAt: null } as const;
  if (generation !== undefined) {
    if (!current || !speaksFor(attempt, current)) return current;
    return {
      ...current,
      ...abandoned,
      documentVersion: subject.documentVersion,
      keyVersion: subject.keyVersion,
      failureReason: why,
      failureKind: 'permanent',
      retryCount: current.retryCount + 1,
      lastRetryAt: at,
      updatedAt: at,
    };
  }
  if (current && !isNewer(subject.documentVersion, current.documentVersion)) {
    return current.status === 'pending' && !isNewer(current.documentVersion, subject.documentVersion)
      ? { ...current, ...abandoned, failureReason: why, failureKind: 'permanent', updatedAt: at }
      : current;
  }
  return { ...opened(current, attempt, why, 'permanent'), ...abandoned };
}

function opened(
  current: Failure | undefined,
  { subject, at }: Attempt,
  why: Reason,
  kind: Failure['failureKind'],
): Failure {
  return {
    ...subject,
    failureReason: why,
    failureKind: kind,
    retryCount: 0,
    generation: (current?.generation ?? 0) + 1,
    lastRetryAt: null,
    nextAttemptAt: null,
    createdAt: current?.createdAt ?? at,
    updatedAt: at,
    resolvedAt: null,
    status: 'pending',
  };
}

/** Whether a task's attempt may change the record: it is the owner's, and not a slow one about an older version. */
function speaksFor({ generation, subject }: Attempt, current: Failure): boolean {
  if (generation === undefined || !owns(current, generation)) return false;
  return !isNewer(current.documentVersion, subject.documentVersion);
}

/** Whether a task of this generation still has something to do. */
export function owns(failure: Failure, generation: number): boolean {
  return failure.status === 'pending' && failure.generation === generation;
}

/** Whether a delivery closes it: it is pending, or given up for a time only. */
export function isOpen(failure: Failure): boolean {
  return failure.status === 'pending' || (failure.status === 'abandoned' && failure.nextAttemptAt !== null);
}

const MIN_PAUSE_MS = 30 * 60_000;
const MAX_PAUSE_MS = 6 * 3_600_000;

/** An outage is longer than all attempts: each pause is as long as the trouble has lasted, within bounds. */
function pauseMs({ documentVersion }: Failure, at: Date): number {
  const lasted = at.getTime() - Date.parse(isThereSince(documentVersion));
  return Math.min(Math.max(lasted, MIN_PAUSE_MS), MAX_PAUSE_MS);
}

/** The pause of a record that was given up for a time is over: attempts begin anew. */
export function reopened(
  seen: Failure,
  current: Failure | undefined,
  at: Date,
  policy: RetryPolicy,
): Failure | undefined {
  if (current?.status !== 'abandoned' || !isSameWait(seen, current)) return current;
  return replayed(current, at, policy);
}

/** The record as a replay opens it, whatever closed it. */
export function replayed(current: Failure, at: Date, policy: RetryPolicy): Failure {
  return {
    ...current,
    status: 'pending',
    failureKind: 'transient',
    generation: current.generation + 1,
    retryCount: 0,
    lastRetryAt: null,
    nextAttemptAt: later(at, backoffMs(1, policy)),
    resolvedAt: null,
    updatedAt: at,
  };
}

/** The record as a person gives it up: for good, whatever it waited for. */
export function givenUp(current: Failure, at: Date): Failure {
  if (!isOpen(current)) return current;
  return { ...current, status: 'abandoned', nextAttemptAt: null, failureKind: 'permanent', updatedAt: at };
}

/** The record of a person who was erased meanwhile: nothing tries it again, and the erasure deletes it. */
export function afterErasure(current: Failure | undefined, { subject, at }: Attempt): Failure | undefined {
  if (!current || !isOpen(current) || isNewer(current.documentVersion, subject.documentVersion))
    return current;
  return { ...givenUp(current, at), failureReason: PERSON_ERASED };
}

export const PERSON_ERASED = reason`person erased`;

/** The sweep found the record's task gone: the next generation gets a new one. Attempts stay counted. */
export function reissued(
  seen: Failure,
  current: Failure | undefined,
  at: Date,
  policy: RetryPolicy,
): Failure | undefined {
  if (current?.status !== 'pending' || !isSameWait(seen, current)) return current;
  return {
    ...current,
    generation: current.generation + 1,
    nextAttemptAt: later(at, backoffMs(1, policy)),
    updatedAt: at,
  };
}

/** The sweep found the record's task still waiting in its queue: look again later. */
export function postponed(
  seen: Failure,
  current: Failure | undefined,
  at: Date,
  policy: RetryPolicy,
): Failure | undefined {
  if (current?.status !== 'pending' || !isSameWait(seen, current)) return current;
  return { ...current, nextAttemptAt: later(at, backoffMs(current.retryCount + 1, policy)), updatedAt: at };
}

function isSameWait(seen: Failure, current: Failure): boolean {
  return (
    current.status === seen.status &&
    current.generation === seen.generation &&
    current.nextAttemptAt?.getTime() === seen.nextAttemptAt?.getTime()
  );
}

function later(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}
