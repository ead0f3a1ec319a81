// How an edition of the code with one mistake is made, out of the right one.
import type { Context } from '../../../functions/context.ts';
import { createDocuments, type Documents } from '../../../functions/services/documents.ts';
import type { DeadLetters } from '../../../functions/services/dead-letters.ts';
import type { RowSink } from '../../../functions/services/row-sink.ts';
import type { Failure } from '../../../functions/steps/failure.ts';
import type { ServiceErrorDetails } from '../../../functions/steps/service-error.ts';
import { replaces, speaksOf } from '../../../functions/steps/sync-status.ts';
import type { InsertRow } from '../../../functions/steps/to-insert-row.ts';
import type { Variant } from '../platform.ts';

export interface ZooEntry {
  readonly mistake: string;
  /** Found within this many seeds. */
  readonly within: number;
  /** It takes tens of thousands: `npm test` replays the schedule in regressions/ that finds it, and `--zoo` searches. */
  readonly isRare?: true;
  /** What the violation says. */
  readonly finds: RegExp;
  readonly create: () => Variant;
}

type Update = DeadLetters['update'];

/** Other rows than the right ones. */
export function withRows(change: (row: InsertRow, context: Context) => InsertRow): Variant {
  return {
    wrap: (context) => {
      const insert: RowSink['insert'] = (table, row) => context.rowSink.insert(table, change(row, context));
      return { ...context, rowSink: { insert } };
    },
  };
}

/** Records changed in another way than decided. */
export function withRecords(change: (update: Update, context: Context) => Update): Variant {
  return {
    wrap: (context) => {
      const { deadLetters } = context;
      const update: Update = (id, decide) => deadLetters.update(id, decide);
      return { ...context, deadLetters: { ...deadLetters, update: change(update, context) } };
    },
  };
}

/** The decided record, changed once more; nothing where nothing was to be written. */
export const changed = (
  decide: (current: Failure | undefined) => Failure | undefined,
  change: (next: Failure, current: Failure | undefined) => Failure,
) => {
  return (current: Failure | undefined) => {
    const next = decide(current);
    return next === undefined || next === current ? next : change(next, current);
  };
};

/** Errors of inserts told in another way, or, where that says so, not told at all. */
export function withVerdicts(
  change: (error: ServiceErrorDetails) => ServiceErrorDetails | 'stored',
): Variant {
  return {
    wrap: (context) => {
      const insert: RowSink['insert'] = async (table, row) => {
        const verdict = await context.rowSink.insert(table, row);
        if (verdict.stored) return verdict;
        const error = change(verdict.error);
        return error === 'stored' ? { stored: true } : { stored: false, error };
      };
      return { ...context, rowSink: { insert } };
    },
  };
}

/** Other rules for when a status is written over another. */
export function withStatusRules(
  rules: Partial<{ readonly speaksOf: typeof speaksOf; readonly replaces: typeof replaces }>,
): Variant {
  const own = { speaksOf, replaces, ...rules };
  return {
    wrap: (context, _kind, _edition, firestore) => {
      const documents: Documents = {
        ...context.documents,
        async writeStatus(path, status, seenUpdateTime) {
          let isSeen = true;
          const once = createDocuments({
            ...firestore,
            write: (write) => (isSeen ? firestore.write(write) : Promise.resolve('written')),
            // What it finds after a conflict is none of its business.
            get: async () => void (isSeen = false),
          });
          await once.writeStatus(path, status, seenUpdateTime);
          if (isSeen) return;
          const found = await firestore.get(path);
          if (!found || !own.speaksOf(status, found.data) || !own.replaces(status, found.data)) return;
          await createDocuments(firestore).writeStatus(path, status, found.updateTime);
        },
      };
      return { ...context, documents };
    },
  };
}
