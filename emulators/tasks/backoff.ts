// How long a failed task waits: doublings, then linear growth, then the cap.
import type { RetryConfig } from './queue-config.ts';

/**
 * Milliseconds between the failure of attempt `attempt` (1 is the first) and the next one. With min 10 s,
 * max 300 s and 3 doublings: 10, 20, 40, 80, 160, 240, 300, 300 … s, the service's own example.
 * https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RetryConfig
 */
export function backoffMs(
  attempt: number,
  config: Pick<RetryConfig, 'minBackoffMs' | 'maxBackoffMs' | 'maxDoublings'>,
): number {
  const { minBackoffMs, maxBackoffMs, maxDoublings } = config;
  const doublings = Math.min(attempt - 1, maxDoublings);
  const step = minBackoffMs * 2 ** doublings;
  const linearSteps = Math.max(1, attempt - maxDoublings);
  return Math.min(step * linearSteps, maxBackoffMs);
}
