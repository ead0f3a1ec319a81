// Failures as an outage leaves them: sessions are completed while BigQuery refuses inserts, and the deployed trigger
// records each. Nothing here knows what a record looks like.
import { drive, type Sent } from './drive.ts';
import type { Emulators } from './emulators.ts';
import type { FunctionProcess } from './measured-process.ts';

export interface Outage {
  readonly emulators: Emulators;
  readonly trigger: FunctionProcess;
  readonly count: number;
  readonly seed: number;
  readonly concurrency: number;
  /** Called around what the trigger does, for whoever measures it. */
  readonly begin?: () => Promise<void>;
  readonly end?: () => Promise<void>;
}

/** Resolves to the tasks that would retry them, BigQuery being well again. */
export async function failSessions(outage: Outage): Promise<Sent[]> {
  const { emulators, trigger, count, seed, concurrency } = outage;
  const loaded = await emulators.ask('load', { count, seed, kind: 'completion' });
  await emulators.ask('breakInserts', true);
  const events = loaded.map(({ event }) => event);
  await outage.begin?.();
  const { failure } = await drive(trigger.url, events, concurrency);
  await outage.end?.();
  await emulators.ask('breakInserts', false);
  if (failure !== undefined) throw new Error(`An event was answered with ${failure}\n${trigger.output()}`);
  const tasks = await emulators.ask('takeTasks');
  if (tasks.length !== count) throw new Error(`${count} failures have ${tasks.length} tasks`);
  return tasks;
}
