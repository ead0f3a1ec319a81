// `pipeline status`: how fresh BigQuery is, what waits, and what the last reconciliation found.
import type { ReconcileReport } from '../../functions/steps/reconcile-report.ts';
import { paint, table } from '../terminal.ts';
import { age, duration } from './age.ts';
import { defineVerb } from './verb.ts';

export const statusVerb = defineVerb({
  name: 'status',
  summary:
    'How fresh BigQuery is, what waits or was given up, and what the last reconciliation found.\n' +
    'Exit code 1 when something wants attention.',
  flags: {},
  async run({ context, project, hub }) {
    const now = context.now();
    const { pending, abandoned, oldestUnsynced } = await context.deadLetters.backlog();
    const oldestUnsyncedSeconds =
      oldestUnsynced === undefined ? 0 : Math.max(0, (now.getTime() - Date.parse(oldestUnsynced)) / 1000);
    const reports = await Promise.all(
      [...context.pipelines.keys()].map((name) => context.reports.last(name)),
    );
    const found = reports.filter((report) => report !== undefined);
    const rows = [
      ['Project', hub === undefined ? project : `${project} (local suite)`],
      ['Oldest unsynced document', oldestUnsynced === undefined ? 'none' : duration(oldestUnsyncedSeconds)],
      ['Failures pending', pending],
      ['Failures abandoned', abandoned, abandoned > 0 ? 'see "failures list"' : ''],
    ];
    const text = [table(rows), ...found.map((report) => describeReport(report, now))].join('\n\n');
    const none =
      found.length === 0 ? '\n\nNo reconciliation has run yet: "npm run pipeline -- reconcile"' : '';
    const json = { project, oldestUnsyncedSeconds, pending, abandoned, reports: found };
    return { text: text + none, json, exitCode: pending + abandoned > 0 ? 1 : 0 };
  },
});

export function describeReport(report: ReconcileReport, now: Date): string {
  const { pipeline, finishedAt, complete, dryRun } = report;
  const unfinished = complete ? '' : ', to be continued by the next run';
  const title = `${dryRun ? 'Dry run' : 'Reconciliation'} of ${pipeline}, ${age(now, finishedAt)} ago${unfinished}`;
  return [
    paint('bold', title),
    table([
      ['Counted', report.since ? `since ${report.since.toISOString().slice(0, 10)}` : 'all of time'],
      ['Expected', report.expected, 'completed documents that were counted'],
      ['Found', report.found, 'of their times in BigQuery'],
      ['Missing', report.missing, 'with neither a row nor a failure'],
      ['Healed', report.healed],
      ['Waiting', report.waiting, 'for a retry'],
      ['Without a row', report.abandoned, 'rightly: abandoned'],
      ['Extra', report.extra, 'rows whose document is gone'],
      ['Verified', report.verified, 'one by one'],
      ['Reads', report.reads],
    ]),
  ].join('\n');
}
