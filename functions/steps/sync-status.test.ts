import { expect, test } from '@jest/globals';
import { contentHash } from './content-hash.ts';
import { replaces, speaksOf, type SyncStatus } from './sync-status.ts';

const older = { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: 'a' };
const same = { updateTime: '2026-01-01T00:00:00.000002Z', contentHash: 'b' };
const newer = { updateTime: '2026-01-01T00:00:00.000003Z', contentHash: 'c' };

type Case = readonly [
  promise: string,
  wanted: boolean,
  status: Partial<SyncStatus>,
  state: string,
  retryCount?: unknown,
];

// What the document says is always of the version `same`.
const cases: readonly Case[] = [
  ['a newer version replaces what was synced', true, { version: newer, state: 'failed' }, 'synced', 0],
  ['a newer version replaces what was abandoned', true, { version: newer, state: 'failed' }, 'abandoned', 9],
  ['an older version never replaces, though synced', false, { version: older, state: 'synced' }, 'failed', 0],
  ['synced replaces failed', true, { state: 'synced', retryCount: 0 }, 'failed', 3],
  ['synced replaces abandoned', true, { state: 'synced', retryCount: 0 }, 'abandoned', 10],
  ['synced replaces synced', true, { state: 'synced' }, 'synced', 0],
  ['a slower failure does not replace synced', false, { state: 'failed', retryCount: 5 }, 'synced', 0],
  ['abandoned does not replace synced', false, { state: 'abandoned', retryCount: 10 }, 'synced', 0],
  ['a later attempt replaces an earlier one', true, { state: 'failed', retryCount: 4 }, 'failed', 3],
  ['an earlier attempt does not replace a later one', false, { state: 'failed', retryCount: 2 }, 'failed', 3],
  ['the last attempt replaces the one before', true, { state: 'abandoned', retryCount: 10 }, 'failed', 9],
  ['the same attempt may be written twice', true, { state: 'failed', retryCount: 3 }, 'failed', 3],
  ['abandoned replaces failed at the same attempt', true, { state: 'abandoned', retryCount: 3 }, 'failed', 3],
  [
    'nothing but a later attempt takes abandoned back',
    false,
    { state: 'failed', retryCount: 3 },
    'abandoned',
    3,
  ],
  ['a missing count is no attempt', true, { state: 'failed', retryCount: 0 }, 'failed', undefined],
];

test.each(cases)('%s', (_, wanted, status, state, retryCount) => {
  const data = {
    bigquerySyncVersion: same,
    bigquerySyncStatus: state,
    ...(retryCount === undefined ? {} : { bigquerySyncRetryCount: retryCount }),
  };
  expect(replaces({ state: 'failed', version: same, error: null, retryCount: 0, ...status }, data)).toBe(
    wanted,
  );
});

test('any status replaces none', () => {
  expect(
    replaces({ state: 'failed', version: older, error: null, retryCount: 0 }, { status: 'completed' }),
  ).toBe(true);
});

test('a status speaks of a document while its content is that of the version, whatever our own fields say', () => {
  const data = { status: 'completed', repCount: 1 };
  const version = { updateTime: '2026-01-01T00:00:00.000001Z', contentHash: contentHash(data) };
  const status: SyncStatus = { state: 'synced', version, error: null, retryCount: 0 };
  expect(speaksOf(status, { ...data, bigquerySyncStatus: 'failed' })).toBe(true);
  expect(speaksOf(status, { ...data, repCount: 2 })).toBe(false);
});
