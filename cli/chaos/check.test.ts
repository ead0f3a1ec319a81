// The account finds each thing that can be wrong, and nothing where nothing is.
import { describe, expect, test } from '@jest/globals';
import { check, type Evidence, type FailureFound, type Row } from './check.ts';
import type { State } from './history.ts';

const PATH = 'users/u/sessions/s';
const T1 = '2026-01-01T00:00:01.000000Z';
const T2 = '2026-01-01T00:00:02.000000Z';

const completedAt = (updateTime: string, reps: number, more: Partial<State> = {}): State => ({
  updateTime,
  completed: true,
  becameCompleted: true,
  row: { rep_count: reps },
  ...more,
});
const openAt = (updateTime: string): State => ({
  updateTime,
  completed: false,
  becameCompleted: false,
  row: undefined,
});
const rowAt = (updateTime: string, reps: number, session = 's'): Row => ({
  user_id_hash: 'u',
  session_id: session,
  source_updated_at: updateTime,
  rep_count: reps,
});
const failure = (more: Partial<FailureFound> = {}): FailureFound => ({
  path: PATH,
  status: 'abandoned',
  kind: 'permanent',
  reason: 'source deleted',
  version: T1,
  ...more,
});

function verdictOn(states: readonly State[], rows: readonly Row[], more: Partial<Evidence> = {}) {
  const { lost, unexpected, duplicated, ...counts } = check({
    history: new Map([[PATH, states]]),
    keyOf: (path) =>
      path
        .split('/')
        .filter((_, i) => i % 2 === 1)
        .join(' '),
    failureIdOf: (path) => `id of ${path.length}`,
    raw: rows,
    latest: rows.filter((row) =>
      rows.every((other) => String(other['source_updated_at']) <= String(row['source_updated_at'])),
    ),
    failures: [],
    statuses: new Map(),
    redelivered: new Set(),
    reconciled: 0,
    losesEvents: false,
    leaks: [],
    ...more,
  });
  const words = { lost, unexpected, duplicated };
  return {
    ...counts,
    wrong: Object.entries(words).flatMap(([word, list]) => list.map(({ what }) => `${word}: ${what}`)),
  };
}

describe('nothing is wrong when', () => {
  test.each<[string, State[], Row[], Partial<Evidence>]>([
    ['the newest version is shown', [completedAt(T1, 1)], [rowAt(T1, 1)], {}],
    [
      'the newer of two versions is shown',
      [completedAt(T1, 1), openAt(T1), completedAt(T2, 2)],
      [rowAt(T1, 1), rowAt(T2, 2)],
      {},
    ],
    [
      'a version was superseded before it could be sent',
      [completedAt(T1, 1), completedAt(T2, 2)],
      [rowAt(T2, 2)],
      {},
    ],
    [
      'an edit after completion was sent by a retry',
      [completedAt(T1, 1), completedAt(T2, 2, { becameCompleted: false })],
      [rowAt(T2, 2)],
      {},
    ],
    ['a session was never completed', [openAt(T1)], [], {}],
    [
      'a document that must be refused was',
      [completedAt(T1, 1, { row: undefined })],
      [],
      { failures: [failure({ reason: 'document invalid: x' })] },
    ],
    [
      'a document was gone before it could be sent',
      [completedAt(T1, 1), openAt(T2)],
      [],
      { failures: [failure()] },
    ],
    [
      'no event came, and nobody can know any more',
      [completedAt(T1, 1), openAt(T2)],
      [],
      { losesEvents: true },
    ],
    [
      'attempts were spent, and the failure says so',
      [completedAt(T1, 1)],
      [],
      { failures: [failure({ kind: 'transient', reason: '10 attempts spent' })] },
    ],
    [
      'the status is true',
      [completedAt(T1, 1)],
      [rowAt(T1, 1)],
      { statuses: new Map([[PATH, { state: 'synced', version: T1 }]]) },
    ],
  ])('%s', (_, states, rows, more) => {
    expect(verdictOn(states, rows, more).wrong).toEqual([]);
  });
});

describe('it is found when', () => {
  test.each<[string, State[], Row[], Partial<Evidence>, string]>([
    ['a completed session is nowhere', [completedAt(T1, 1)], [], {}, 'lost: completed, and neither visible'],
    [
      'the same, though events may be lost: it is still completed',
      [completedAt(T1, 1)],
      [],
      { losesEvents: true },
      'lost: completed, and neither visible',
    ],
    [
      'it was opened again, and no event may be lost',
      [completedAt(T1, 1), openAt(T2)],
      [],
      {},
      'lost: completed, and neither visible',
    ],
    [
      'only an older version is there',
      [completedAt(T1, 1), completedAt(T2, 2)],
      [rowAt(T1, 1)],
      {},
      'lost: completed, and neither visible',
    ],
    [
      'the failure speaks of an older version only',
      [completedAt(T1, 1), completedAt(T2, 2)],
      [],
      { failures: [failure()] },
      'lost: completed, and neither visible',
    ],
    [
      'a failure is resolved without a row',
      [completedAt(T1, 1)],
      [],
      { failures: [failure({ status: 'resolved' })] },
      'lost: completed and not visible; its failure is resolved',
    ],
    [
      'a failure is left pending',
      [completedAt(T1, 1)],
      [],
      { failures: [failure({ status: 'pending' })] },
      'lost: completed and not visible; its failure is pending',
    ],
    [
      'a failure is left pending beside its row',
      [completedAt(T1, 1)],
      [rowAt(T1, 1)],
      { failures: [failure({ status: 'pending' })] },
      'unexpected: a failure that is still pending',
    ],
    [
      'a failure has no reason',
      [completedAt(T1, 1), openAt(T2)],
      [],
      { failures: [failure({ reason: '' })] },
      'lost: abandoned without a reason',
    ],
    [
      'a good document is given up',
      [completedAt(T1, 1)],
      [],
      { failures: [failure({ reason: 'document invalid: x' })] },
      'unexpected: a good document given up',
    ],
    ['a cell is wrong', [completedAt(T1, 1)], [rowAt(T1, 7)], {}, 'unexpected: a row whose rep_count'],
    [
      'a row is of a version that was never completed',
      [openAt(T1)],
      [rowAt(T1, 1)],
      {},
      'unexpected: a row of a version that nobody completed',
    ],
    [
      'a row is of a session that nobody wrote',
      [openAt(T1)],
      [rowAt(T1, 1, 'other')],
      {},
      'unexpected: a row of a session that nobody wrote',
    ],
    [
      'a document that must be refused is a row',
      [completedAt(T1, 1, { row: undefined })],
      [rowAt(T1, 1)],
      {},
      'unexpected: a row of a document that must be refused',
    ],
    [
      'the view shows the older of two',
      [completedAt(T1, 1), completedAt(T2, 2)],
      [rowAt(T1, 1), rowAt(T2, 2)],
      { latest: [rowAt(T1, 1)] },
      'unexpected: the view shows an older version',
    ],
    [
      'the view shows two rows',
      [completedAt(T1, 1)],
      [rowAt(T1, 1), rowAt(T1, 1)],
      {},
      'duplicated: 2 rows in the view',
    ],
    [
      'a document says "synced" and is not',
      [completedAt(T1, 1), openAt(T2)],
      [],
      { failures: [failure()], statuses: new Map([[PATH, { state: 'synced', version: T1 }]]) },
      'unexpected: a document that says "synced"',
    ],
    [
      'an identifier was found',
      [completedAt(T1, 1)],
      [rowAt(T1, 1)],
      { leaks: ['a row'] },
      'unexpected: an identifier in a row',
    ],
  ])('%s', (_, states, rows, more, wanted) => {
    const { wrong } = verdictOn(states, rows, more);
    expect(wrong.filter((line) => line.startsWith(wanted))).not.toEqual([]);
  });
});

test('findings name the failure id and never the path', () => {
  const { lost } = check({
    history: new Map([[PATH, [completedAt(T1, 1)]]]),
    keyOf: (path) => path,
    failureIdOf: () => 'f00d',
    raw: [],
    latest: [],
    failures: [],
    statuses: new Map(),
    redelivered: new Set(),
    reconciled: 0,
    losesEvents: false,
    leaks: [],
  });
  expect(lost).toEqual([
    { failureId: 'f00d', what: 'completed, and neither visible nor among the failures' },
  ]);
});

test('counts documents whose own status is behind', () => {
  const states = [completedAt(T1, 1)];
  const says = (state: string) => ({ statuses: new Map([[PATH, { state, version: T1 }]]) });
  expect(verdictOn(states, [rowAt(T1, 1)], says('synced'))).toMatchObject({ statusesBehind: 0 });
  expect(verdictOn(states, [rowAt(T1, 1)], says('failed'))).toMatchObject({ statusesBehind: 1 });
  expect(verdictOn([...states, openAt(T2)], [rowAt(T1, 1)], says('failed'))).toMatchObject({
    statusesBehind: 0,
  });
});

test('counts what came only by another try, and raw duplicates', () => {
  const states = [completedAt(T1, 1)];
  const rows = [rowAt(T1, 1), rowAt(T1, 1)];
  const resolved = { failures: [failure({ status: 'resolved' })] };
  expect(verdictOn(states, rows)).toMatchObject({ recovered: 0, rawRows: 2, rawDuplicates: 1 });
  expect(verdictOn(states, rows, resolved)).toMatchObject({ recovered: 1, resolved: 1 });
  expect(verdictOn(states, rows, { redelivered: new Set([PATH]) })).toMatchObject({ recovered: 1 });
  expect(verdictOn(states, [], { failures: [failure()] })).toMatchObject({
    recovered: 0,
    abandoned: new Map([['source deleted', 1]]),
  });
});
