// What the demo prints at its end.
import type { BigQuery } from '@google-cloud/bigquery';
import type { Suite } from '../../emulators/suite.ts';
import { paint, table } from '../terminal.ts';
import type { Account } from './account.ts';
import type { Written } from './workload.ts';

/** The account as a table, with the reasons of what was given up. */
export function describeAccount(account: Account, written: Written, seconds: number): string {
  const poison = written.poison > 0 ? `of ${written.poison} poison documents` : '';
  const rows = [
    ['Sessions completed', account.completed],
    ['Sessions skipped', account.skipped, 'never completed, or deleted before'],
    ['Rows in sessions', account.rows, 'raw: at least once'],
    ['Rows in sessions_latest', account.latest, 'one per session'],
    ['Failures resolved', account.resolved, 'by a retry'],
    ['Failures abandoned', account.abandoned, poison],
    ['Failures pending', account.pending],
    ['Lost', account.lost, mustBeZero(account.lost)],
    ['Duplicates in sessions_latest', account.duplicates, mustBeZero(account.duplicates)],
  ];
  const reasons = [...account.reasons].map(([reason, count]) => `  ${count} × ${reason}`);
  return [
    '',
    paint('bold', `What became of ${written.sessions} sessions in ${seconds} s`),
    table(rows),
    ...(reasons.length > 0 ? ['', paint('bold', 'Why they were abandoned'), ...reasons] : []),
  ].join('\n');
}

function mustBeZero(count: number): string {
  return count === 0 ? paint('green', 'must be 0: it is') : paint('red', 'must be 0');
}

/** A query over the view, and what it gives. */
export async function describeSample(bigquery: BigQuery, dataset: string): Promise<string> {
  const sample = `SELECT exercise_type, COUNT(*) AS sessions, COUNT(DISTINCT user_id_hash) AS users,
       ROUND(AVG(overall_score), 1) AS score
FROM ${dataset}.sessions_latest
GROUP BY exercise_type ORDER BY sessions DESC LIMIT 5`;
  const [rows] = await bigquery.query(sample);
  const cells = rows.map((row) => [row.exercise_type, row.sessions, row.users, row.score ?? 'NULL']);
  return `\n${paint('bold', 'A query')}\n${sample}\n\n${table([['exercise_type', 'sessions', 'users', 'score'], ...cells])}`;
}

/** Where everything listens, and commands to try. */
export function describeWhatNext({ env, project, ports }: Suite, dataset: string): string {
  const firestore = `http://${env['FIRESTORE_EMULATOR_HOST']}/v1/projects/${project}/databases/(default)/documents`;
  const hub = `http://127.0.0.1:${ports.hub}`;
  return `
${paint('bold', 'Everything stays up; Ctrl-C ends it')}
${table([
  ['Firestore', env['FIRESTORE_EMULATOR_HOST'] ?? ''],
  ['BigQuery', env['BIGQUERY_EMULATOR_HOST'] ?? ''],
  ['Cloud Tasks', env['CLOUD_TASKS_EMULATOR_HOST'] ?? ''],
  ['Functions', `127.0.0.1:${ports.functions}`],
  ['Hub', `127.0.0.1:${ports.hub}`],
])}

${paint('bold', 'Try')}
  A session of your own:
    curl -X PATCH '${firestore}/users/me/sessions/s1' -H 'Authorization: Bearer owner' -H 'Content-Type: application/json' \\
      -d '{"fields":{"status":{"stringValue":"completed"},"exerciseType":{"stringValue":"squat"},"startTime":{"timestampValue":"2026-09-01T09:00:00Z"},"createdAt":{"timestampValue":"2026-09-01T09:00:00Z"}}}'
  Its row:
    curl -X POST '${env['BIGQUERY_EMULATOR_HOST']}/projects/${project}/queries' -H 'Content-Type: application/json' \\
      -d '{"useLegacySql":false,"query":"SELECT session_id, user_id_hash, exercise_type, start_time FROM ${dataset}.sessions_latest ORDER BY synced_at DESC LIMIT 1"}'
  An outage of BigQuery for a minute:
    curl -X POST ${hub}/faults -d '{"service":"bigquery","method":"insertAll","status":503,"durationMs":60000}'`;
}
