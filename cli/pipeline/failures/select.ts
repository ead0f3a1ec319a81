// Which failures a verb speaks of: the same filters for all of them.
import type { Context } from '../../../functions/context.ts';
import type { StoredFailure } from '../../../functions/services/dead-letters.ts';
import type { FailureStatus } from '../../../functions/steps/failure.ts';
import { UsageError, type Values } from '../../args.ts';
import { fingerprint } from './group.ts';

export const FILTERS = {
  status: { value: 'STATUS', help: 'pending, abandoned, resolved, or any.' },
  kind: {
    value: 'KIND',
    help: 'transient (goes away by itself) or permanent (the data or the code is wrong).',
  },
  group: { value: 'ID', help: 'Only the group of that id, as "failures list" shows it.' },
  reason: { value: 'TEXT', help: 'Only reasons with that text in them.' },
  'older-than': { value: 'AGE', help: 'Only versions older than that, e.g. 90s, 30m, 6h, 7d.' },
  'younger-than': { value: 'AGE', help: 'Only versions younger than that.' },
  pipeline: { value: 'NAME', help: 'Only that pipeline.' },
} as const;

const STATUSES: readonly string[] = ['pending', 'abandoned', 'resolved', 'any'];
const KINDS: readonly string[] = ['transient', 'permanent'];

export interface Filter {
  readonly statuses: readonly (FailureStatus | undefined)[];
  matches(entry: StoredFailure): boolean;
}

/** Throws a UsageError that says what is wanted. */
export function parseFilter(
  values: Values<typeof FILTERS>,
  now: Date,
  fallback: readonly FailureStatus[],
): Filter {
  const { status, kind, group, reason, pipeline } = values;
  if (status !== undefined && !STATUSES.includes(status)) {
    throw new UsageError(`--status wants one of ${STATUSES.join(', ')}. See --help.`);
  }
  if (kind !== undefined && !KINDS.includes(kind)) {
    throw new UsageError(`--kind wants one of ${KINDS.join(', ')}. See --help.`);
  }
  const before = momentBefore(now, 'older-than', values['older-than']);
  const after = momentBefore(now, 'younger-than', values['younger-than']);
  return {
    statuses: status === undefined ? fallback : status === 'any' ? [undefined] : [status as FailureStatus],
    matches({ failure }) {
      const { updateTime } = failure.documentVersion;
      return (
        (kind === undefined || failure.failureKind === kind) &&
        (group === undefined || fingerprint(failure) === group) &&
        (reason === undefined || failure.failureReason.includes(reason)) &&
        (pipeline === undefined || failure.pipeline === pipeline) &&
        (before === undefined || updateTime < before) &&
        (after === undefined || updateTime > after)
      );
    },
  };
}

/** Throws a UsageError: whoever changes failures says which. */
export function requireFilter(
  verb: string,
  values: Values<typeof FILTERS> & { readonly all: boolean },
): void {
  const filtered = Object.keys(FILTERS).some((name) => values[name as keyof typeof FILTERS] !== undefined);
  if (!filtered && !values.all) throw new UsageError(`${verb} wants a filter, or --all. See --help.`);
}

export async function* selectFailures(context: Context, filter: Filter): AsyncGenerator<StoredFailure> {
  for (const status of filter.statuses) {
    for await (const page of context.deadLetters.pages(status)) {
      for (const entry of page) if (filter.matches(entry)) yield entry;
    }
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function momentBefore(now: Date, flag: string, age: string | undefined): string | undefined {
  if (age === undefined) return undefined;
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(age) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new UsageError(`--${flag} wants a number with s, m, h or d, e.g. 30m. See --help.`);
  }
  return new Date(now.getTime() - Number(amount) * (UNIT_MS[unit] ?? 0)).toISOString();
}
