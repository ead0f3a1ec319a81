// `pipeline erasures`: how far each request to be forgotten is, and the receipt of one. Nobody is named.
import type { StoredErasure } from '../../../functions/services/erasures.ts';
import type { Erasure } from '../../../functions/steps/erasure.ts';
import { UsageError } from '../../args.ts';
import { paint, table } from '../../terminal.ts';
import { age, duration } from '../age.ts';
import { defineVerb } from '../verb.ts';

const SHOWN = 50;
/** The job runs every quarter of an hour. */
const OVERDUE_MS = 3_600_000;

export const erasuresVerb = defineVerb({
  name: 'erasures',
  summary:
    'How far each request to be forgotten is, the newest first; with a name, its receipt.\n' +
    'Exit code 1 when one is overdue by more than an hour.',
  flags: {
    limit: { value: 'N', integer: { min: 1, max: 10_000 }, default: String(SHOWN), help: 'How many.' },
  },
  positional: 'name',
  async run({ context }, { limit }, [name]) {
    const now = context.now();
    if (name !== undefined) {
      const stored = await context.erasures.get(name);
      if (!stored) throw new UsageError('No request has that name. "erasures" lists them.');
      return { text: receipt(stored), json: withoutPerson(stored) };
    }
    const all = await context.erasures.latest(limit);
    const overdue = all.filter(({ erasure }) => isOverdue(erasure, now));
    const header = ['name', 'state', 'asked', 'next step', 'rows', 'failures'];
    const rows = all.map((stored) => [
      stored.name,
      stored.erasure.status,
      `${age(now, stored.erasure.requestedAt)} ago`,
      nextStep(stored.erasure, now),
      sum(stored.erasure.rows),
      stored.erasure.failures,
    ]);
    const told =
      overdue.length === 0
        ? []
        : ['', paint('red', `${overdue.length} overdue: see the log of internal_erasePersons.`)];
    return {
      text:
        all.length === 0 ? 'Nobody asked to be forgotten.' : [table([header, ...rows]), ...told].join('\n'),
      json: { erasures: all.map(withoutPerson), overdue: overdue.length },
      exitCode: overdue.length > 0 ? 1 : 0,
    };
  },
});

function withoutPerson({ name, erasure }: StoredErasure) {
  const { id: _, ...shown } = erasure;
  return { name, ...shown };
}

function receipt({ name, erasure }: StoredErasure): string {
  const time = (at: Date | null) => at?.toISOString() ?? '–';
  const rows = Object.entries(erasure.rows).map(([of, count]) => [`rows deleted from ${of}`, String(count)]);
  return table([
    ['request', name],
    ['state', erasure.status],
    ['asked', time(erasure.requestedAt)],
    ['covers all up to', time(erasure.until)],
    ...rows,
    ['failures deleted', String(erasure.failures)],
    ['under keys', erasure.keyVersions.join(', ') || '–'],
    ['deleted', time(erasure.deletedAt)],
    ['verified', time(erasure.verifiedAt)],
    ['beyond time travel and fail-safe', time(erasure.forgottenAt)],
  ]);
}

function nextStep({ nextAt }: Erasure, now: Date): string {
  if (nextAt === null) return '–';
  const ms = nextAt.getTime() - now.getTime();
  return ms <= 0 ? 'due' : `in ${duration(ms / 1000)}`;
}

function isOverdue({ nextAt }: Erasure, now: Date): boolean {
  return nextAt !== null && now.getTime() - nextAt.getTime() > OVERDUE_MS;
}

function sum(rows: Readonly<Record<string, number>>): number {
  return Object.values(rows).reduce((total, count) => total + count, 0);
}
