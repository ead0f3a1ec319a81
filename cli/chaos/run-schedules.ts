// Runs every scheduled function of the host now, whichever there are.
import type { Suite } from '../../emulators/suite.ts';

/** False when one of them failed or was not reached: the next run goes on where it stopped. */
export async function runSchedules(suite: Suite): Promise<boolean> {
  const scheduled = suite.functions.backends.filter(({ trigger }) => trigger.kind === 'schedule');
  const names = new Set(scheduled.map(({ name }) => name));
  const statuses = await Promise.all([...names].map((name) => suite.runSchedule(name)));
  return statuses.every((status) => status !== undefined && status >= 200 && status < 300);
}
