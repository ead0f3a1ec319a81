// The final account of a chaos run: what Firestore committed against what BigQuery shows and what the failures say.
// It touches no client: the same evidence gives the same verdict.
import { difference, type Cell } from './expected-row.ts';
import type { History, State } from './history.ts';

export type Row = Readonly<Record<string, Cell>>;

export interface FailureFound {
  readonly path: string;
  readonly status: string;
  readonly kind: string;
  readonly reason: string;
  /** Update time of the version that it speaks of. */
  readonly version: string;
}

export interface StatusFound {
  readonly state: string;
  readonly version: string;
}

export interface Evidence {
  readonly history: History;
  /** `user_id_hash session_id` of a document. */
  readonly keyOf: (path: string) => string;
  /** What is told of a document instead of its path. */
  readonly failureIdOf: (path: string) => string;
  readonly raw: readonly Row[];
  readonly latest: readonly Row[];
  readonly failures: readonly FailureFound[];
  /** By path, of the documents that are there. */
  readonly statuses: ReadonlyMap<string, StatusFound>;
  /** Paths of documents an event of which was delivered after it had failed. */
  readonly redelivered: ReadonlySet<string>;
  /** Versions that reconciliations sent. */
  readonly reconciled: number;
  /** Some events were never delivered. */
  readonly losesEvents: boolean;
  /** Places in which an identifier was found. */
  readonly leaks: readonly string[];
}

export interface Finding {
  /** Failure id of the document; never its path. Undefined when it is about no document that was written. */
  readonly failureId?: string;
  readonly what: string;
}

export interface Verdict {
  readonly lost: readonly Finding[];
  readonly unexpected: readonly Finding[];
  readonly duplicated: readonly Finding[];
  readonly recovered: number;
  /** Sessions that were completed at least once. */
  readonly completed: number;
  readonly visible: number;
  readonly rawRows: number;
  /** Rows of a version that the raw table holds more than once. */
  readonly rawDuplicates: number;
  /** Documents as they were completed whose own status does not say what became of them. */
  readonly statusesBehind: number;
  /** Their event was never delivered, and they were deleted or opened again since: nobody could know of them. */
  readonly outside: number;
  readonly resolved: number;
  /** Versions that a reconciliation found missing and brought in. */
  readonly reconciled: number;
  readonly abandoned: ReadonlyMap<string, number>;
}

export function check(evidence: Evidence): Verdict {
  const { history, keyOf, failureIdOf, raw, latest, failures, redelivered } = evidence;
  const lost: Finding[] = [];
  const unexpected: Finding[] = evidence.leaks.map((leak) => ({ what: `an identifier in ${leak}` }));
  const duplicated: Finding[] = [];
  const pathOf = new Map([...history.keys()].map((path) => [keyOf(path), path]));
  const failureOf = new Map(failures.map((failure) => [failure.path, failure]));
  const rawByKey = groupBy(raw, key);
  const latestByKey = groupBy(latest, key);
  const finding = (path: string | undefined, what: string): Finding =>
    path === undefined ? { what } : { failureId: failureIdOf(path), what };

  for (const row of [...raw, ...latest]) {
    const path = pathOf.get(key(row));
    const what = wrongIn(row, path === undefined ? [] : (history.get(path) ?? []));
    if (what !== undefined) unexpected.push(finding(path, what));
  }
  for (const [rowKey, rows] of latestByKey) {
    const path = pathOf.get(rowKey);
    if (rows.length > 1) duplicated.push(finding(path, `${rows.length} rows in the view`));
    if (rows.some((row) => updateTime(row) < newest(rawByKey.get(rowKey)))) {
      unexpected.push(finding(path, 'the view shows an older version than the table holds'));
    }
  }

  let completed = 0;
  let visible = 0;
  let recovered = 0;
  let statusesBehind = 0;
  let outside = 0;
  for (const [path, states] of history) {
    const last = states.findLast(({ becameCompleted }) => becameCompleted);
    if (!last) continue;
    completed++;
    const failure = failureOf.get(path);
    const isVisible = newest(latestByKey.get(keyOf(path))) >= last.updateTime;
    if (isVisible) visible++;
    if (isVisible && (failure?.status === 'resolved' || redelivered.has(path))) recovered++;
    if (!isVisible && evidence.losesEvents && !states.at(-1)?.completed && !isAbout(failure, last)) {
      outside++;
      continue;
    }
    const problem = isVisible ? undefined : absenceProblem(states, last, failure);
    if (problem) (problem.lost ? lost : unexpected).push(finding(path, problem.what));
    if (isVisible && failure?.status === 'pending') {
      unexpected.push(finding(path, 'a failure that is still pending although its row is visible'));
    }
    const status = evidence.statuses.get(path);
    const wanted = isVisible ? 'synced' : 'abandoned';
    if (states.at(-1) === last && status?.state !== wanted) statusesBehind++;
    const lie = lieOf(status, newest(rawByKey.get(keyOf(path))));
    if (lie !== undefined) unexpected.push(finding(path, lie));
  }

  const versions = new Set(raw.map((row) => `${key(row)} ${updateTime(row)}`));
  const abandoned = failures.filter(({ status }) => status === 'abandoned');
  return {
    lost,
    unexpected,
    duplicated,
    recovered,
    completed,
    visible,
    rawRows: raw.length,
    rawDuplicates: raw.length - versions.size,
    statusesBehind,
    outside,
    reconciled: evidence.reconciled,
    resolved: failures.filter(({ status }) => status === 'resolved').length,
    abandoned: new Map(
      [...groupBy(abandoned, ({ reason }) => reason)].map(([reason, list]) => [reason, list.length]),
    ),
  };
}

function groupBy<T>(items: readonly T[], groupOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(groupOf(item)) ?? [];
    groups.set(groupOf(item), group);
    group.push(item);
  }
  return groups;
}

function key(row: Row): string {
  return `${String(row['user_id_hash'])} ${String(row['session_id'])}`;
}

function updateTime(row: Row): string {
  return String(row['source_updated_at']);
}

/** Sorts below every time when there is no row. */
function newest(rows: readonly Row[] | undefined): string {
  return (rows ?? []).map(updateTime).reduce((a, b) => (a > b ? a : b), '');
}

/** Why nobody wrote this row. */
function wrongIn(row: Row, states: readonly State[]): string | undefined {
  if (states.length === 0) return 'a row of a session that nobody wrote';
  const state = states.find((each) => each.updateTime === updateTime(row));
  if (!state?.completed) return 'a row of a version that nobody completed';
  if (!state.row) return 'a row of a document that must be refused';
  const column = difference(row, state.row);
  return column === undefined ? undefined : `a row whose ${column} is not what the app wrote`;
}

/** The newest completed version is not in the view: lost, or wrongly given up; undefined when that is right. */
function absenceProblem(
  states: readonly State[],
  last: State,
  failure: FailureFound | undefined,
): { readonly lost: boolean; readonly what: string } | undefined {
  if (!isAbout(failure, last)) {
    return { lost: true, what: 'completed, and neither visible nor among the failures' };
  }
  if (failure.status !== 'abandoned') {
    return {
      lost: true,
      what: `completed and not visible; its failure is ${failure.status}: ${failure.reason}`,
    };
  }
  if (failure.reason === '') return { lost: true, what: 'abandoned without a reason' };
  const good = states.slice(states.indexOf(last)).every(({ row }) => row !== undefined);
  return good && failure.kind !== 'transient'
    ? { lost: false, what: `a good document given up: ${failure.reason}` }
    : undefined;
}

/** Whether the failure speaks of that version, or of a newer one. */
function isAbout(failure: FailureFound | undefined, state: State): failure is FailureFound {
  return failure !== undefined && failure.version >= state.updateTime;
}

function lieOf(status: StatusFound | undefined, newestRow: string): string | undefined {
  return status?.state === 'synced' && newestRow < status.version
    ? 'a document that says "synced" although no row of that version is there'
    : undefined;
}
