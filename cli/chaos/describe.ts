// What a chaos run prints at its end, and what its words mean.
import { paint, table } from '../terminal.ts';
import type { Finding } from './check.ts';
import type { ChaosReport } from './run.ts';

export const DEFINITIONS = {
  lost: 'the newest completed version of a session is neither in sessions_latest nor abandoned with a reason',
  unexpected:
    'a row or cell that nobody wrote, an old version shown, a good document given up, a false "synced", or an identifier outside Firestore',
  duplicated: 'a session that sessions_latest holds more than once',
  recovered: 'a session that is visible because something was tried again after a fault',
} as const;

const MOST_FINDINGS = 20;

export function describeReport(report: ChaosReport): string {
  const { verdict, calm } = report;
  const counts = [
    ['lost', verdict.lost.length, DEFINITIONS.lost],
    ['unexpected', verdict.unexpected.length, DEFINITIONS.unexpected],
    ['duplicated', verdict.duplicated.length, DEFINITIONS.duplicated],
    ['recovered', verdict.recovered, DEFINITIONS.recovered],
  ] as const;
  const abandoned = [...verdict.abandoned.values()].reduce((sum, count) => sum + count, 0);
  const findings = [...verdict.lost, ...verdict.unexpected, ...verdict.duplicated];
  return [
    '',
    paint('bold', `Seed ${report.seed}: ${report.chaosSeconds} s of chaos, then ${calm.seconds} s of calm`),
    table(counts),
    '',
    table([
      ['sessions begun', report.sessions],
      ['of them completed', verdict.completed],
      ['of them in sessions_latest', verdict.visible],
      ['of them beyond finding', verdict.outside, 'no event came, and the document is gone or open again'],
      ['failures resolved', verdict.resolved],
      ['versions sent by a reconciliation', verdict.reconciled],
      ['failures abandoned', abandoned],
      ['rows in sessions', verdict.rawRows, 'at least once'],
      ['of them raw duplicates', verdict.rawDuplicates],
      ['statuses on documents that are behind', verdict.statusesBehind],
      ['functions host killed', report.blows.killed],
      ['functions host paused', report.blows.paused],
      ['functions host restarted', report.blows.restarted],
      ['writes that the app repeated', report.repeatedWrites],
      ['minutes the clock was set ahead', Math.round(report.aheadSeconds / 60)],
    ]),
    '',
    paint('bold', 'Calls that were hit'),
    table([...report.hits].toSorted(([a], [b]) => a.localeCompare(b))),
    ...(verdict.abandoned.size > 0
      ? ['', paint('bold', 'Why failures were abandoned'), table([...verdict.abandoned])]
      : []),
    ...(calm.atRest
      ? []
      : ['', paint('red', 'It did not come to rest: events, tasks or failures are left.')]),
    ...(findings.length > 0 ? ['', paint('red', describeFindings(findings))] : []),
    ...(report.ok ? [] : ['', `Again: ${commandOf(report)}`]),
  ].join('\n');
}

function commandOf({ minutes, seed, rate, loseEvents }: ChaosReport): string {
  const flags = `--minutes ${minutes} --seed ${seed} --rate ${rate}${loseEvents ? '' : ' --keep-events'}`;
  return `npm run chaos -- ${flags}`;
}

function describeFindings(findings: readonly Finding[]): string {
  const shown = findings
    .slice(0, MOST_FINDINGS)
    .map(({ failureId, what }) => `  ${failureId ?? '-'}  ${what}`);
  const more = findings.length - shown.length;
  return [
    'failure id of the document, and what is wrong:',
    ...shown,
    ...(more > 0 ? [`  … ${more} more`] : []),
  ].join('\n');
}

/** Everything as one JSON object on one line. */
export function toJsonLine(report: ChaosReport): string {
  const { verdict, hits, ...rest } = report;
  const { lost, unexpected, duplicated, abandoned, ...counts } = verdict;
  return JSON.stringify({
    ...rest,
    ...counts,
    lost: lost.length,
    unexpected: unexpected.length,
    duplicated: duplicated.length,
    abandoned: Object.fromEntries(abandoned),
    hits: Object.fromEntries(hits),
    findings: [...lost, ...unexpected, ...duplicated],
  });
}
