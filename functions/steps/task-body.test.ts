import { expect, test } from '@jest/globals';
import { parseTaskBody } from './task-body.ts';

const failureId = 'a0'.repeat(32);
const good = { v: 1, failureId, generation: 1 };

test('a claim check is taken', () => {
  expect(parseTaskBody(good)).toEqual(good);
  expect(parseTaskBody({ ...good, generation: 12 })).toEqual({ ...good, generation: 12 });
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 1],
  ['text', JSON.stringify(good)],
  ['bytes', Buffer.from(JSON.stringify(good))],
  ['a list', [good]],
  ['an empty object', {}],
  ['a body without version', { failureId, generation: 1 }],
  ['a body of another version', { ...good, v: 2 }],
  ['a version as text', { ...good, v: '1' }],
  ['a body without failure', { v: 1, generation: 1 }],
  ['a failure of 63 digits', { ...good, failureId: failureId.slice(1) }],
  ['a failure of 65 digits', { ...good, failureId: `${failureId}0` }],
  ['a failure in capitals', { ...good, failureId: failureId.toUpperCase() }],
  ['a failure with a line break', { ...good, failureId: `${failureId}\n` }],
  ['a path as failure', { ...good, failureId: `${failureId}/../users/u1` }],
  ['a failure that is an object', { ...good, failureId: { $gt: '' } }],
  ['a body without generation', { v: 1, failureId }],
  ['generation 0', { ...good, generation: 0 }],
  ['a negative generation', { ...good, generation: -1 }],
  ['a fractional generation', { ...good, generation: 1.5 }],
  ['a generation as text', { ...good, generation: '1' }],
  ['a generation that is no number', { ...good, generation: Number.NaN }],
  ['a table name from outside', { ...good, tableName: 'users' }],
  ["the seed's body", { userId: 'u1', sessionId: 's1', tableName: 'sessions', retryCount: 0 }],
])('%s is no claim check', (_, body) => {
  expect(parseTaskBody(body)).toBeUndefined();
});
