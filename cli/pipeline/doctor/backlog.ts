// What waits and what was given up, and whether the reconciliation runs: as `status` tells it, with what to do.
import type { Connection } from '../connect.ts';
import { age, duration } from '../age.ts';
import type { Check } from './finding.ts';

const LATE_SECONDS = 3_600;
/** It runs every hour. */
const MAX_REPORT_AGE_MS = 3 * 3_600_000;

export function backlogCheck({ context, hub }: Connection): Check {
  return {
    area: 'Rows',
    async look(say) {
      const read = await context.deadLetters.backlog().catch((error: unknown) => {
        // Its messages could hold paths; the name of the error cannot.
        const reason = error instanceof Error ? error.name : 'unknown error';
        return { reason };
      });
      if ('reason' in read) {
        return [
          say(
            'unknown',
            `failure records cannot be read: ${read.reason}`,
            'see what is said of Firestore above',
          ),
        ];
      }
      const { pending, abandoned, oldestUnsynced } = read;
      const now = context.now();
      const waits = oldestUnsynced === undefined ? 0 : (now.getTime() - Date.parse(oldestUnsynced)) / 1000;
      const reports = await Promise.all(
        [...context.pipelines.keys()].map((name) => context.reports.last(name)),
      );
      return [
        ...(pending + abandoned === 0 ? [say('ok', 'nothing waits, nothing was given up')] : []),
        ...(pending > 0
          ? [
              say(
                waits > LATE_SECONDS ? 'error' : 'warning',
                `${pending} ${pending === 1 ? 'waits' : 'wait'} for another attempt, the oldest for ${duration(waits)}`,
                'npm run pipeline -- failures list',
              ),
            ]
          : []),
        ...(abandoned > 0
          ? [
              say(
                'warning',
                `${abandoned} ${abandoned === 1 ? 'was' : 'were'} given up`,
                'npm run pipeline -- failures list',
              ),
            ]
          : []),
        ...reports
          .filter((report) => report !== undefined)
          .map((report) => {
            const ran = `reconciliation of ${report.pipeline} ended ${age(now, report.finishedAt)} ago`;
            const isLate =
              hub === undefined && now.getTime() - report.finishedAt.getTime() > MAX_REPORT_AGE_MS;
            if (isLate)
              return say(
                'error',
                ran,
                'see the logs of internal_reconcileSync; "npm run pipeline -- reconcile" runs it now',
              );
            return report.missing > report.healed
              ? say(
                  'warning',
                  `${ran}: ${report.missing - report.healed} documents still missing`,
                  'npm run pipeline -- reconcile',
                )
              : say('ok', ran);
          }),
        ...(reports.every((report) => report === undefined)
          ? [say('ok', 'no reconciliation has run yet: it does every hour')]
          : []),
      ];
    },
  };
}
