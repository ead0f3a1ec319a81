// What a run came across: proof that the faults reach where they are meant to. Each must be met by a fair number of
// seeds, as must each fault class.
import type { Failure } from '../../functions/steps/failure.ts';

export const SITUATIONS = [
  'resolved by a retry',
  'resolved by the trigger',
  'abandoned: attempts spent',
  'abandoned: document invalid',
  'abandoned: refused by the table',
  'abandoned: source deleted',
  'abandoned: source not completed any more',
  'replaced by a newer version while pending',
  'opened again by a newer version',
  'task replaced by the sweep',
  'task found waiting by the sweep',
  'a sweep missed while a failure waits',
  'two sweeps at once',
  'two runs of one task at once',
  'two events of one document at once',
  'the first edition beside the edited one',
  'a failure of one edition taken up by the other',
  'a spoiled record replaced by a new failure',
  'opened again after a pause',
  'opened again by a replay',
  'resolved while given up for a time',
  'sent by a reconcile',
  'two reconciles at once',
  'two replays at once',
  'a reconcile beside an event',
  'an erasure requested twice at once',
  'two erasing jobs at once',
  'an erasure verified',
  'an erased person came back',
  'rows of two documents in one request',
  'two rows of one document in one request',
  'a poison row among good ones in one request',
  'reads of two documents in one request',
  'writes of two documents in one request',
  'two invocations about one document on one instance',
  'an instance died with several invocations',
] as const;
export type Situation = (typeof SITUATIONS)[number];

/** The situation that a change of a record is. */
export function situationOf(before: Failure | undefined, after: Failure): Situation | undefined {
  switch (after.status) {
    case 'resolved':
      if (before?.status === 'abandoned') return 'resolved while given up for a time';
      return before?.retryCount === after.retryCount ? 'resolved by the trigger' : 'resolved by a retry';
    case 'abandoned':
      if (after.failureKind === 'transient') return 'abandoned: attempts spent';
      return after.failureReason.startsWith('bigquery')
        ? 'abandoned: refused by the table'
        : SITUATIONS.find((name) => name.startsWith(`abandoned: ${after.failureReason.split(':')[0]}`));
    case 'pending': {
      if (!before) return undefined;
      if (before.status !== 'pending') {
        const newer = after.documentVersion.updateTime > before.documentVersion.updateTime;
        return newer ? 'opened again by a newer version' : 'opened again after a pause';
      }
      if (after.documentVersion.updateTime !== before.documentVersion.updateTime) {
        return after.generation > before.generation ? 'replaced by a newer version while pending' : undefined;
      }
      if (after.generation > before.generation) return 'task replaced by the sweep';
      return after.retryCount === before.retryCount ? 'task found waiting by the sweep' : undefined;
    }
  }
}
