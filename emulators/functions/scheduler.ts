// Cloud Scheduler for the functions of the host: runs each schedule when its time comes, or on demand.
import type { Clock } from '../shared/clock.ts';
import type { Faults } from '../shared/faults.ts';
import { parseSchedule } from './schedule.ts';

export interface ScheduledFunction {
  readonly name: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly url: string;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly log: (line: string) => void;
  /** Posts the run to the function and gives the status of its answer; 0 when there was none. */
  readonly post: (url: string, headers: Readonly<Record<string, string>>) => Promise<number>;
}

export interface Scheduler {
  setFunctions(functions: readonly ScheduledFunction[]): void;
  names(): string[];
  /** Runs now. Resolves to the status of the answer, undefined when there is no such schedule. */
  run(name: string): Promise<number | undefined>;
  close(): void;
}

export function createScheduler({ clock, faults, log, post }: SchedulerOptions): Scheduler {
  let functions = new Map<string, ScheduledFunction>();
  let timers: (() => void)[] = [];

  async function start(job: ScheduledFunction): Promise<number> {
    const headers = {
      'x-cloudscheduler': 'true',
      'x-cloudscheduler-jobname': `firebase-schedule-${job.name}`,
      'x-cloudscheduler-scheduletime': new Date(clock.now()).toISOString(),
    };
    const fault = await faults.take('functions', job.name, job.url);
    // A connection that was cut has no status.
    const faulty = fault && (fault.error || fault.drop) ? (fault.error?.status ?? 0) : undefined;
    const isCalled = faulty === undefined || fault?.phase === 'after';
    const answered = isCalled ? await post(job.url, headers) : 0;
    const status = faulty ?? answered;
    if (status < 200 || status > 299) log(`scheduler: ${job.name}: failed (status ${status})`);
    return status;
  }

  function plan(job: ScheduledFunction, index: number, next: (afterMs: number) => number): void {
    timers[index] = clock.after(next(clock.now()) - clock.now(), () => {
      plan(job, index, next);
      void start(job);
    });
  }

  const stop = () => {
    for (const cancel of timers) cancel();
    timers = [];
  };

  return {
    setFunctions(list) {
      stop();
      functions = new Map(list.map((job) => [job.name, job]));
      list.forEach((job, index) => {
        const schedule = parseSchedule(job.schedule, job.timeZone);
        plan(job, index, (afterMs) => schedule.next(afterMs));
      });
    },
    names: () => [...functions.keys()],
    async run(name) {
      const job = functions.get(name);
      return job ? start(job) : undefined;
    },
    close() {
      stop();
      functions.clear();
    },
  };
}
