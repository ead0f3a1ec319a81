// Failures by what they have in common: pipeline, kind and reason. The fingerprint names such a group on a command
// line, and stays the same from day to day.
import { createHash } from 'node:crypto';
import type { Failure } from '../../../functions/steps/failure.ts';
import type { StoredFailure } from '../../../functions/services/dead-letters.ts';

export interface FailureGroup {
  readonly fingerprint: string;
  readonly pipeline: string;
  readonly kind: Failure['failureKind'];
  readonly reason: string;
  readonly counts: Readonly<Record<Failure['status'], number>>;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
}

/** "10 attempts spent: X" is X: how often it was tried is not why it failed. */
export function reasonOf({ failureReason }: Pick<Failure, 'failureReason'>): string {
  return failureReason.replace(/^\d+ attempts spent: /, '');
}

/** Eight hex digits. */
export function fingerprint(failure: Pick<Failure, 'failureReason' | 'failureKind' | 'pipeline'>): string {
  const parts = [failure.pipeline, failure.failureKind, reasonOf(failure)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
}

/** The largest groups first. */
export async function groupFailures(entries: AsyncIterable<StoredFailure>): Promise<readonly FailureGroup[]> {
  const groups = new Map<string, FailureGroup>();
  for await (const { failure } of entries) {
    const id = fingerprint(failure);
    const group = groups.get(id) ?? {
      fingerprint: id,
      pipeline: failure.pipeline,
      kind: failure.failureKind,
      reason: reasonOf(failure),
      counts: { pending: 0, resolved: 0, abandoned: 0 },
      firstSeen: failure.createdAt,
      lastSeen: failure.updatedAt,
    };
    groups.set(id, {
      ...group,
      counts: { ...group.counts, [failure.status]: group.counts[failure.status] + 1 },
      firstSeen: failure.createdAt < group.firstSeen ? failure.createdAt : group.firstSeen,
      lastSeen: failure.updatedAt > group.lastSeen ? failure.updatedAt : group.lastSeen,
    });
  }
  return [...groups.values()].toSorted((a, b) => total(b) - total(a));
}

export function total({ counts }: FailureGroup): number {
  return counts.pending + counts.resolved + counts.abandoned;
}
