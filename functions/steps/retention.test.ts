import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { FAILURES_COLLECTION, REPORTS_COLLECTION } from '../config.ts';
import type { Failure } from './failure.ts';
import { expiryOf, isExpired, reportExpiry } from './retention.ts';

const DAY_MS = 86_400_000;
const at = new Date('2026-01-01T00:00:00Z');
const failure = (change: Partial<Failure>) => ({ status: 'resolved', resolvedAt: at, ...change }) as Failure;

test('a resolved failure expires after thirty days, and no other ever does', () => {
  expect(expiryOf(failure({}))).toEqual(new Date(at.getTime() + 30 * DAY_MS));
  expect(expiryOf(failure({ status: 'pending', resolvedAt: null }))).toBeNull();
  expect(expiryOf(failure({ status: 'pending' }))).toBeNull();
  expect(expiryOf(failure({ status: 'abandoned', resolvedAt: null }))).toBeNull();
});

test('a report expires after ninety days', () => {
  expect(reportExpiry(at)).toEqual(new Date(at.getTime() + 90 * DAY_MS));
});

test('a row is expired when it is older than its table keeps rows, and never where those are kept for ever', () => {
  const now = new Date(at.getTime() + 10 * DAY_MS);
  expect(isExpired('2026-01-01T00:00:00.000000Z', 10, now)).toBe(false);
  expect(isExpired('2025-12-31T23:59:59.999000Z', 10, now)).toBe(true);
  expect(isExpired('0001-01-01T00:00:00.000000Z', null, now)).toBe(false);
});

test('Firestore deletes what has expired, in both collections, and keeps no index of the time', () => {
  const file = path.join(__dirname, '..', '..', 'firestore.indexes.json');
  const { fieldOverrides } = JSON.parse(readFileSync(file, 'utf8')) as { fieldOverrides: unknown[] };
  for (const collectionGroup of [FAILURES_COLLECTION, REPORTS_COLLECTION]) {
    expect(fieldOverrides).toContainEqual({ collectionGroup, fieldPath: 'expireAt', ttl: true, indexes: [] });
  }
});
