// Who may do what: one row per actor, operation, path and data. It is run through real clients against the emulator,
// against an official emulator where there is one, and against mutants of the rules, each of which it must notice.
import type { Fields, Operation, Seeds, Write } from './operation.ts';

export interface Actor {
  readonly name: string;
  /** Of the token; undefined without one. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
}

export interface Row {
  readonly title: string;
  readonly actor: Actor;
  /** What is there before. */
  readonly seeds: Seeds;
  readonly operation: Operation;
  readonly expected: 'allow' | 'deny';
}

const OWNER: Actor = { name: 'the owner', claims: { sub: 'u1' } };
const ANONYMOUS_OWNER: Actor = {
  name: 'the owner by an anonymous account',
  claims: { sub: 'u1', firebase: { sign_in_provider: 'anonymous' } },
};
const NOBODY: Actor = { name: 'somebody without a token', claims: undefined };
const OTHER: Actor = { name: 'another user', claims: { sub: 'u2' } };
const STRANGERS: readonly Actor[] = [
  NOBODY,
  OTHER,
  { name: 'an administrator of the app', claims: { sub: 'u2', admin: true, role: 'owner' } },
  {
    name: 'a user whose claims name the owner',
    claims: { sub: 'u2', user_id: 'u1', uid: 'u1', userId: 'u1' },
  },
  { name: 'a user with the id in other letters', claims: { sub: 'U1' } },
  { name: 'a user whose id is that of the session', claims: { sub: 's1' } },
  { name: 'a user named like a wildcard', claims: { sub: 'userId' } },
];

const S1 = 'users/u1/sessions/s1';
const text = (stringValue: string) => ({ stringValue });
const integer = (n: number) => ({ integerValue: String(n) });
const time = { timestampValue: '2026-09-01T09:00:00Z' };

const ACTIVE: Fields = { status: text('active'), exerciseType: text('squat'), createdAt: time };
const COMPLETED: Fields = { ...ACTIVE, status: text('completed'), endTime: time };
/** As the pipeline leaves a session behind. */
const SYNC: Fields = {
  bigquerySyncStatus: text('synced'),
  bigquerySyncedAt: time,
  bigquerySyncError: { nullValue: null },
  bigquerySyncRetryCount: integer(1),
  bigquerySyncVersion: { mapValue: { fields: { updateTime: text('t'), contentHash: text('h') } } },
};
const SYNCED: Fields = { ...COMPLETED, ...SYNC };
/** A session that an administrator opened again. */
const REOPENED: Fields = { ...ACTIVE, ...SYNC };

const set = (path: string, fields: Fields, more: Partial<Write> = {}): Write => ({
  set: path,
  fields,
  ...more,
});
const change = (path: string, fields: Fields, mask = Object.keys(fields)): Write => ({
  set: path,
  fields,
  mask,
});
const commit = (...writes: Write[]): Operation => ({ kind: 'commit', writes });
const get = (...paths: string[]): Operation => ({ kind: 'get', paths });
const list = (parent: string, collectionId: string, more: object = {}): Operation => ({
  kind: 'query',
  parent,
  query: { from: [{ collectionId }], ...more },
});
const group = (collectionId: string, more: object = {}): Operation => ({
  kind: 'query',
  parent: '',
  query: { from: [{ collectionId, allDescendants: true }], ...more },
});
const where = (field: string, op: string, value: object) => ({
  where: { fieldFilter: { field: { fieldPath: field }, op, value } },
});

type Named = readonly [title: string, operation: Operation, seeds?: Seeds];

function rows(expected: Row['expected'], actors: readonly Actor[], cases: readonly Named[]): readonly Row[] {
  return actors.flatMap((actor) =>
    cases.map(([title, operation, seeds = {}]): Row => ({ title, actor, seeds, operation, expected })),
  );
}

const one = { [S1]: ACTIVE };

/** What an app does for its user, as the demo and the end-to-end tests do it. */
const OWN_WORK: readonly Named[] = [
  ['reads a session', get(S1), one],
  ['reads a completed and synced session', get(S1), { [S1]: SYNCED }],
  ['looks for a session that does not exist', get(S1)],
  ['reads several sessions at once', get(S1, 'users/u1/sessions/s2'), one],
  ['lists the sessions', list('users/u1', 'sessions'), one],
  [
    'lists the sessions, filtered and limited',
    list('users/u1', 'sessions', { ...where('status', 'EQUAL', text('active')), limit: 3 }),
    one,
  ],
  [
    'counts the sessions',
    { kind: 'count', parent: 'users/u1', query: { from: [{ collectionId: 'sessions' }] } },
    one,
  ],
  ['begins a session', commit(set(S1, ACTIVE))],
  ['begins a session, and wants it to be new', commit(set(S1, ACTIVE, { exists: false }))],
  ['begins a session without a status', commit(set(S1, { exerciseType: text('squat') }))],
  ['begins an empty session', commit(set(S1, {}))],
  ['begins a session at the time of the server', commit(set(S1, ACTIVE, { now: ['createdAt'] }))],
  ['begins two sessions at once', commit(set(S1, ACTIVE), set('users/u1/sessions/s2', ACTIVE))],
  ['sends a session that was completed offline', commit(set(S1, COMPLETED))],
  [
    'begins and completes a session in one commit',
    commit(set(S1, ACTIVE), change(S1, { status: text('completed') })),
  ],
  [
    'begins a session with fields nobody knows',
    commit(set(S1, { ...ACTIVE, 記録: text('x'), bigquery: text('y') })),
  ],
  ['goes on with a session', commit(change(S1, { reps: integer(5) })), one],
  ['goes on with a session without a status', commit(change(S1, { reps: integer(5) })), { [S1]: {} }],
  ['writes a session anew', commit(set(S1, { ...ACTIVE, reps: integer(6) })), one],
  ['counts repetitions up', commit({ set: S1, fields: {}, mask: [], increment: ['reps'] }), one],
  ['removes a field', commit(change(S1, {}, ['exerciseType'])), one],
  ['changes nothing', commit(set(S1, ACTIVE)), one],
  ['completes a session', commit(change(S1, { status: text('completed'), endTime: time })), one],
  [
    'completes a session whose status is of another type',
    commit(change(S1, { status: text('completed') })),
    { [S1]: { status: { arrayValue: { values: [text('completed')] } } } },
  ],
  ['changes a session that was opened again', commit(change(S1, { reps: integer(5) })), { [S1]: REOPENED }],
  [
    'repeats the fields of the pipeline as they are',
    commit(set(S1, { ...REOPENED, reps: integer(5) })),
    { [S1]: REOPENED },
  ],
  ['deletes an open session', commit({ delete: S1 }), one],
  ['deletes an open session without a status', commit({ delete: S1 }), { [S1]: {} }],
  ['asks whether a session is there', commit({ verify: S1, exists: true }), one],
];

/** Fields that only the pipeline may write, each by itself, in each way. */
const FORGERIES: readonly Named[] = Object.entries(SYNC).flatMap(([field, value]): Named[] => [
  [`begins a session with ${field}`, commit(set(S1, { ...ACTIVE, [field]: value }))],
  [`begins a session with ${field} of null`, commit(set(S1, { ...ACTIVE, [field]: { nullValue: null } }))],
  [`sends a completed session with ${field}`, commit(set(S1, { ...COMPLETED, [field]: value }))],
  [`adds ${field}`, commit(change(S1, { [field]: value })), one],
  [
    `adds ${field} while it completes the session`,
    commit(change(S1, { status: text('completed'), [field]: value })),
    one,
  ],
  [`adds ${field} by a whole document`, commit(set(S1, { ...ACTIVE, [field]: value })), one],
  [`adds ${field} by a transform`, commit({ set: S1, fields: {}, mask: [], now: [field] }), one],
  [`counts ${field} up`, commit({ set: S1, fields: {}, mask: [], increment: [field] }), one],
  [`changes ${field}`, commit(change(S1, { [field]: text('forged') })), { [S1]: REOPENED }],
  [`removes ${field}`, commit(change(S1, {}, [field])), { [S1]: REOPENED }],
  [`leaves ${field} out of a whole document`, commit(set(S1, without(REOPENED, field))), { [S1]: REOPENED }],
]);

/** What not even the owner may do to a session. */
const OWNER_DENIED: readonly Named[] = [
  ...FORGERIES,
  ['changes a completed session', commit(change(S1, { reps: integer(5) })), { [S1]: COMPLETED }],
  ['opens a completed session again', commit(change(S1, { status: text('active') })), { [S1]: COMPLETED }],
  ['removes the status of a completed session', commit(change(S1, {}, ['status'])), { [S1]: COMPLETED }],
  ['writes a completed session anew', commit(set(S1, ACTIVE)), { [S1]: COMPLETED }],
  ['writes a completed session as it is', commit(set(S1, COMPLETED)), { [S1]: COMPLETED }],
  ['changes a synced session', commit(change(S1, { reps: integer(5) })), { [S1]: SYNCED }],
  [
    'clears a failed state to have it sent again',
    commit(change(S1, {}, ['bigquerySyncStatus'])),
    { [S1]: SYNCED },
  ],
  [
    'changes part of the version',
    commit(
      change(S1, { bigquerySyncVersion: { mapValue: { fields: { updateTime: text('forged') } } } }, [
        'bigquerySyncVersion.updateTime',
      ]),
    ),
    { [S1]: REOPENED },
  ],
  ['deletes a completed session', commit({ delete: S1 }), { [S1]: COMPLETED }],
  [
    'deletes a completed session and begins it anew in one commit',
    commit({ delete: S1 }, set(S1, ACTIVE)),
    { [S1]: COMPLETED },
  ],
  [
    'hides a forgery behind an honest write of the same commit',
    commit(set(S1, ACTIVE), change(S1, { bigquerySyncStatus: text('synced') })),
  ],
  [
    'hides a forgery among honest documents',
    commit(set('users/u1/sessions/s2', ACTIVE), set(S1, { ...ACTIVE, ...SYNC })),
  ],
  [
    'asks whether a session of another user is missing',
    commit({ verify: 'users/u2/sessions/s1', exists: false }),
  ],
  [
    'writes, and asks about a session of another user in the same commit',
    commit(set(S1, ACTIVE), { verify: 'users/u2/sessions/s1', exists: false }),
  ],
  ['updates a missing session that has to exist', commit(set(S1, ACTIVE, { exists: true }))],
  ['deletes a session that does not exist', commit({ delete: S1 })],
  ['reads own sessions and one of another user', get(S1, 'users/u2/sessions/s1'), one],
  [
    'writes own sessions and one of another user',
    commit(set(S1, ACTIVE), set('users/u2/sessions/s1', ACTIVE)),
  ],
  ['lists the sessions of another user', list('users/u2', 'sessions')],
  ['lists the sessions of everybody', group('sessions')],
  [
    'lists the sessions of everybody, by a field that names the owner',
    group('sessions', where('userId', 'EQUAL', text('u1'))),
  ],
  ['lists a single session as part of everybody', group('sessions', { limit: 1 })],
  [
    'counts the sessions of everybody',
    { kind: 'count', parent: '', query: { from: [{ collectionId: 'sessions', allDescendants: true }] } },
  ],
  [
    'lists everything below the user',
    { kind: 'query', parent: 'users/u1', query: { from: [{ allDescendants: true }] } },
    one,
  ],
  [
    'lists all sessions below the user, however deep',
    {
      kind: 'query',
      parent: 'users/u1',
      query: { from: [{ collectionId: 'sessions', allDescendants: true }] },
    },
    one,
  ],
  ['lists everything', { kind: 'query', parent: '', query: { from: [{ allDescendants: true }] } }, one],
  ['asks which collections there are', { kind: 'collections', parent: 'users/u1' }, one],
];

/** Paths that no statement speaks of. */
const ELSEWHERE = [
  'bigquerySyncFailures/f1',
  'bigquerySyncReports/sessions',
  'users/u1',
  'sessions/s1',
  'users/u1/other/s1',
  'others/u1/sessions/s1',
  'teams/t1/users/u1/sessions/s1',
  'users/u1/sessions/s1/deep/d1',
  'users/u1/deep/d1/sessions/s1',
  'users/u1/sessions/s1/sessions/s2',
  'influencers/c1',
];

const anywhere: readonly Named[] = ELSEWHERE.flatMap((path): Named[] => {
  const slash = path.lastIndexOf('/');
  const collection = path.slice(0, slash);
  const [parent, id] = [
    collection.slice(0, Math.max(0, collection.lastIndexOf('/'))),
    collection.split('/').at(-1)!,
  ];
  const there = { [path]: { userId: text('u1'), status: text('pending') } };
  return [
    [`reads ${path}`, get(path), there],
    [`looks for ${path}, which does not exist`, get(path)],
    ...(path.includes('/sessions/s1/') || collection !== 'users/u1/sessions'
      ? [[`lists ${collection}`, list(parent, id), there] as Named]
      : []),
    [`creates ${path}`, commit(set(path, { userId: text('u1') }))],
    [`changes ${path}`, commit(change(path, { status: text('resolved') })), there],
    [`deletes ${path}`, commit({ delete: path }), there],
  ];
});

const groupsElsewhere: readonly Named[] = [
  ['lists the failures of everybody', group('bigquerySyncFailures')],
  ['lists own failures', list('', 'bigquerySyncFailures', where('userId', 'EQUAL', text('u1')))],
  [
    'counts the failures',
    { kind: 'count', parent: '', query: { from: [{ collectionId: 'bigquerySyncFailures' }] } },
  ],
];

export const TABLE: readonly Row[] = [
  ...rows('allow', [OWNER, ANONYMOUS_OWNER], OWN_WORK),
  ...rows('deny', STRANGERS, OWN_WORK),
  ...rows('deny', [OWNER], OWNER_DENIED),
  ...rows('deny', [NOBODY, OTHER, OWNER], [...anywhere, ...groupsElsewhere]),
];

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
}
