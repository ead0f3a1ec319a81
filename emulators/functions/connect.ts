// Tells eventarc and the scheduler which functions the host serves now.
import type { Eventarc } from '../eventarc/eventarc.ts';
import type { FirestoreTrigger } from '../eventarc/trigger.ts';
import type { ListedBackend } from './backend.ts';
import type { ScheduledFunction, Scheduler } from './scheduler.ts';

export function connect(backends: readonly ListedBackend[], eventarc: Eventarc, scheduler: Scheduler): void {
  const triggers: FirestoreTrigger[] = [];
  const schedules: ScheduledFunction[] = [];
  for (const { key, name, region, generation, trigger, concurrency, url } of backends) {
    if (trigger.kind === 'firestore') {
      const { eventType, database, namespace, document, retry } = trigger;
      triggers.push({
        key,
        functionName: name,
        region,
        eventType,
        database,
        namespace,
        document,
        retry,
        concurrency,
        url,
        firstGeneration: generation === 1,
      });
    }
    if (trigger.kind === 'schedule') {
      schedules.push({ name, schedule: trigger.schedule, timeZone: trigger.timeZone, url });
    }
  }
  eventarc.setTriggers(triggers);
  eventarc.hostIsBack();
  scheduler.setFunctions(schedules);
}
