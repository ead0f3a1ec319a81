// How a failure record may move, one write at a time.
import { PERSON_ERASED, type Failure } from '../../functions/steps/failure.ts';
import type { AppWrite } from './world/firestore.ts';

/** `isReplay`: an operator may open whatever is closed. `maxAttempts`: the largest budget that any edition of the code has in this run. */
export function moveProblem(
  before: Failure | undefined,
  after: Failure,
  maxAttempts: number,
  isReplay: boolean,
): string | undefined {
  if (after.retryCount > maxAttempts) return 'more attempts than the budget';
  if (!before) {
    if (after.generation !== 1 || after.retryCount !== 0) return 'a new failure that is not at its beginning';
    return after.status === 'resolved' ? 'a new failure that is resolved' : undefined;
  }
  if (after.documentVersion.updateTime < before.documentVersion.updateTime) {
    return 'a failure that went back to an older version';
  }
  const newer = after.documentVersion.updateTime > before.documentVersion.updateTime;
  if (after.generation === before.generation) {
    const mayClose = after.status === 'resolved' || after.failureReason === PERSON_ERASED;
    if (before.status !== 'pending' && !(isGivenUpForATime(before) && mayClose)) {
      return `a failure ${before.status} that became ${after.status}`;
    }
    if (after.retryCount < before.retryCount) return 'attempts that fell';
    if (after.retryCount > before.retryCount + 1) return 'attempts that jumped';
    const attempted = after.lastRetryAt?.getTime() !== before.lastRetryAt?.getTime();
    if (attempted && after.retryCount === before.retryCount) return 'an attempt that is not counted';
    return undefined;
  }
  if (after.generation !== before.generation + 1) return 'a generation that jumped';
  if (before.status !== 'pending') {
    if (after.retryCount !== 0) return 'a failure that opens with attempts';
    return newer || isReplay || isGivenUpForATime(before)
      ? undefined
      : 'a closed failure opened by an old version';
  }
  if (newer) return after.retryCount === 0 ? undefined : 'a new version that begins with attempts';
  return after.retryCount === before.retryCount ? undefined : 'attempts changed by a new task';
}

/** Abandoned for nothing in the data, and to be opened again. */
export function isGivenUpForATime({ status, failureKind, nextAttemptAt }: Failure): boolean {
  return status === 'abandoned' && failureKind === 'transient' && nextAttemptAt !== null;
}

/** `maxAttempts`: the budget of the code that wrote it. */
export function abandonProblem(
  writes: readonly AppWrite[],
  after: Failure,
  maxAttempts: number,
): string | undefined {
  if (after.status !== 'abandoned' || after.failureReason === PERSON_ERASED) return undefined;
  if (after.failureReason === '') return 'a failure abandoned without a reason';
  if (after.failureKind === 'transient') {
    if (after.nextAttemptAt === null) return 'a good document given up for good';
    return after.retryCount >= maxAttempts
      ? undefined
      : 'a transient failure abandoned before its attempts are spent';
  }
  const may = writes.some(({ content }) => !content?.completed || content.poison !== undefined);
  return may ? undefined : 'a good document abandoned as poison';
}
