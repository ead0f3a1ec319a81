// How long our own records are kept, and what is too old to be sent. Rows are kept as bigquery-schemas/ says; a test
// compares.
import type { Failure } from './failure.ts';

/** Open and abandoned failures stay until somebody sees to them. */
export const RESOLVED_FAILURE_DAYS = 30;
export const REPORT_DAYS = 90;

const DAY_MS = 86_400_000;

/** For Firestore's TTL policy on `expireAt`; null for never. */
export function expiryOf({ status, resolvedAt }: Failure): Date | null {
  if (status !== 'resolved' || !resolvedAt) return null;
  return new Date(resolvedAt.getTime() + RESOLVED_FAILURE_DAYS * DAY_MS);
}

export function reportExpiry(startedAt: Date): Date {
  return new Date(startedAt.getTime() + REPORT_DAYS * DAY_MS);
}

/** Whether BigQuery would drop a row of that time at once: nobody need miss it, or send it. */
export function isExpired(updateTime: string, retentionDays: number | null, now: Date): boolean {
  return retentionDays !== null && Date.parse(updateTime) < now.getTime() - retentionDays * DAY_MS;
}
