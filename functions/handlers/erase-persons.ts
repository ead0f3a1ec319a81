// internal_erasePersons: takes each person's request to be forgotten one state further, when its time has come. Every
// step may run twice, or beside another run; a step that fails is made again by the next run.
import type { Context } from '../context.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { ColumnPolicy } from '../pipelines/policy.ts';
import type { RowsOfPerson } from '../services/row-eraser.ts';
import type { StoredErasure } from '../services/erasures.ts';
import type { Failure } from '../steps/failure.ts';
import { paramOf } from '../steps/source.ts';
import {
  bounded,
  deleted,
  postponed,
  verified,
  waiting,
  withFailures,
  withRows,
  type Erasure,
} from '../steps/erasure.ts';

/** Of one run; the next goes on. */
const LIMIT = 200;

export async function erasePersons(context: Context): Promise<void> {
  const due = await context.erasures.due(context.now(), LIMIT);
  const inState = (status: Erasure['status']) => due.filter(({ erasure }) => erasure.status === status);
  const errors: unknown[] = [];
  const attempt = (step: Promise<void>) => step.catch((error: unknown) => void errors.push(error));
  for (const stored of inState('requested')) await attempt(bury(context, stored));
  await attempt(deleteRows(context, inState('waiting')));
  await attempt(verify(context, inState('deleted')));

  const [longest] = due; // the most overdue first
  const overdueMs = longest?.erasure.nextAt ? context.now().getTime() - longest.erasure.nextAt.getTime() : 0;
  context.log('INFO', 'Erasures', { due: due.length, overdueSeconds: Math.round(overdueMs / 1000) });
  if (errors.length > 0) throw errors[0];
}

/** The tombstone comes first: whatever fails after it, nothing of the person comes back. */
async function bury(context: Context, stored: StoredErasure): Promise<void> {
  const decided = await decideTime(context, stored);
  if (!decided) return;
  const { subject, id, until } = decided.erasure;
  // Fails closed: nothing would be found, and that would be taken for all that there was.
  if (![...context.pipelines.values()].some((pipeline) => paramOf(pipeline, subject) !== undefined)) {
    throw new Error('Cannot erase: no pipeline has the path parameter that names the person');
  }
  if (id === null || until === null) return;
  const names = context.keyring.all.map((key) => key.tombstone(subject, id));
  await context.tombstones.set(names, until);
  const forgotten = await forgetFailures(context, decided.erasure);
  const next = waiting(withFailures(decided.erasure, forgotten), context.now());
  await context.erasures.replace(decided, next);
}

/** Undefined when another run is at it. */
async function decideTime(context: Context, stored: StoredErasure): Promise<StoredErasure | undefined> {
  if (stored.erasure.until) return stored;
  const isWritten = await context.erasures.replace(stored, bounded(stored.erasure, context.now()));
  return isWritten ? context.erasures.get(stored.name) : undefined;
}

/** Whose rows BigQuery refuses for now are tried again later; what went of the others is written down. */
async function deleteRows(context: Context, due: readonly StoredErasure[]): Promise<void> {
  if (due.length === 0) return;
  const rows = new Map<StoredErasure, Record<string, number>>(due.map((stored) => [stored, {}]));
  const refused = new Set<StoredErasure>();
  for (const table of rowsOf(context, due)) {
    const { pipeline, of } = table;
    const removed = await removeRows(context, table);
    for (const [i, stored] of of.entries()) {
      const count = removed[i];
      const byTable = rows.get(stored);
      if (count === undefined) refused.add(stored);
      else if (byTable) byTable[pipeline.table] = count;
    }
  }
  const keyVersions = context.keyring.all.map(({ version }) => version);
  for (const stored of due) {
    const counted = withRows(stored.erasure, rows.get(stored) ?? {});
    const next = refused.has(stored)
      ? postponed(counted, context.now())
      : deleted(withFailures(counted, await forgetFailures(context, counted)), keyVersions, context.now());
    await context.erasures.replace(stored, next);
  }
}

/**
 * All persons of a table in one statement; one by one when rows of some are still in the streaming buffer. Resolves to
 * how many rows of each went; undefined for whom BigQuery refuses for now.
 */
async function removeRows(context: Context, table: RowsInTable): Promise<readonly (number | undefined)[]> {
  const { pipeline, column, persons, of } = table;
  const found = await context.rowEraser.count(pipeline, column, persons);
  if ((await context.rowEraser.remove(pipeline, column, persons)) === 'removed') {
    await context.rowEraser.unlink(
      column,
      persons.flatMap(({ cells }) => cells),
    );
    return found;
  }
  if (persons.length === 1) return [undefined];
  const removed: (number | undefined)[] = [];
  for (const [i, person] of persons.entries()) {
    const one = { ...table, persons: [person], of: of.slice(i, i + 1) };
    removed.push(...(await removeRows(context, one)));
  }
  return removed;
}

async function verify(context: Context, due: readonly StoredErasure[]): Promise<void> {
  if (due.length === 0) return;
  const left = new Map<StoredErasure, number>();
  for (const { pipeline, column, persons, of } of rowsOf(context, due)) {
    const found = await context.rowEraser.count(pipeline, column, persons);
    for (const [i, stored] of of.entries()) left.set(stored, (left.get(stored) ?? 0) + (found[i] ?? 0));
  }
  const timeTravelMs = await context.rowEraser.timeTravelMs();
  for (const stored of due) {
    const { erasure } = stored;
    const forgotten = await forgetFailures(context, erasure);
    const isClean = forgotten === 0 && (left.get(stored) ?? 0) === 0;
    const next = isClean
      ? verified(erasure, timeTravelMs, context.now())
      : postponed(withFailures(erasure, forgotten), context.now());
    const isWritten = await context.erasures.replace(stored, next);
    if (isWritten && !isClean) context.log('WARNING', 'Erasure found more, and begins again', {});
    if (isWritten && isClean) context.log('INFO', 'Erasure verified', {});
  }
}

interface RowsInTable {
  readonly pipeline: Pipeline;
  readonly column: string;
  readonly persons: readonly RowsOfPerson[];
  /** Whose they are, in the same order. */
  readonly of: readonly StoredErasure[];
}

/** The tables that name a person of these, and by what. */
function rowsOf(context: Context, due: readonly StoredErasure[]): readonly RowsInTable[] {
  return [...context.pipelines.values()].flatMap((pipeline) => {
    const subjects = new Set(due.map(({ erasure }) => erasure.subject));
    return [...subjects].flatMap((subject) => {
      const policy = pipeline.params[paramOf(pipeline, subject) ?? ''];
      if (!policy || policy.action === 'drop') return []; // the table does not say whose a row is
      const { column } = policy;
      const of = due.filter(({ erasure }) => erasure.subject === subject);
      const persons = of.map(({ erasure: { id, until, requestedAt } }) => ({
        cells: cellsOf(context, policy, id ?? ''),
        until: until ?? requestedAt,
      }));
      return [{ pipeline, column, persons, of }];
    });
  });
}

/** What stands in the column for that id. */
function cellsOf(
  { keyring }: Context,
  { action, column, kind }: ColumnPolicy,
  id: string,
): readonly string[] {
  if (action !== 'pseudonymise') return [id];
  return keyring.all.map((key) => key.pseudonym(column, kind.name, id));
}

/** Those of erased versions, each after its task. Resolves to their number. */
async function forgetFailures(context: Context, { subject, id, until }: Erasure): Promise<number> {
  if (id === null || until === null) return 0;
  const isErased = (failure: Failure | undefined) =>
    !failure || Date.parse(failure.documentVersion.updateTime) <= until.getTime();
  const records = await context.deadLetters.ofPerson(id);
  let forgotten = 0;
  for (const { id: failureId, failure } of records) {
    const pipeline = failure && context.pipelines.get(failure.pipeline);
    if ((pipeline && paramOf(pipeline, subject) === undefined) || !isErased(failure)) continue;
    if (failure) await context.retryQueue.remove({ failureId, generation: failure.generation });
    if (await context.deadLetters.forget(failureId, isErased)) forgotten++;
  }
  return forgotten;
}
