// The failure records by the version of the key that they began with.
import type { Context } from '../../../functions/context.ts';
import { isOpen, type Failure, type FailureStatus } from '../../../functions/steps/failure.ts';

export interface FailuresOfVersion {
  readonly version: number;
  /** Those that something tries again by itself. */
  readonly waiting: number;
  readonly byStatus: Readonly<Record<FailureStatus, number>>;
}

/** One read for each record of these statuses. */
export async function failuresByVersion(
  { deadLetters }: Context,
  statuses: readonly FailureStatus[] = ['pending', 'abandoned', 'resolved'],
): Promise<readonly FailuresOfVersion[]> {
  const found = new Map<number, { waiting: number; byStatus: Record<FailureStatus, number> }>();
  for (const status of statuses) {
    for await (const page of deadLetters.pages(status)) {
      for (const { failure } of page) {
        const of = found.get(failure.keyVersion) ?? {
          waiting: 0,
          byStatus: { pending: 0, abandoned: 0, resolved: 0 },
        };
        of.byStatus[failure.status]++;
        if (isOpen(failure)) of.waiting++;
        found.set(failure.keyVersion, of);
      }
    }
  }
  return [...found]
    .map(([version, counts]) => ({ version, ...counts }))
    .toSorted((a, b) => a.version - b.version);
}

/**
 * Closed records begin with the other key from now on, as their rows do: whoever replays one sends a row that fits.
 * Resolves to their number.
 */
export async function moveClosedFailures(
  { deadLetters }: Context,
  from: number,
  to: number,
): Promise<number> {
  const moved = (failure: Failure | undefined) =>
    failure?.keyVersion === from && !isOpen(failure) ? { ...failure, keyVersion: to } : failure;
  let count = 0;
  for (const status of ['abandoned', 'resolved'] as const) {
    for await (const page of deadLetters.pages(status)) {
      for (const { id, failure } of page) {
        if (moved(failure) === failure) continue;
        await deadLetters.update(id, moved);
        count++;
      }
    }
  }
  return count;
}
