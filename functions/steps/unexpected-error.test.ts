import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { ConfigError } from '../config.ts';
import { KeyError } from './pseudonym-key.ts';
import { ServiceError } from './service-error.ts';
import { toSafeError, withoutData } from './unexpected-error.ts';

const CANARY = 'taro-7f3a';

/** Everything that a logger could print of it, hidden properties too. */
const print = (error: unknown) =>
  `${inspect(error, { showHidden: true, depth: null })} ${String((error as Error).stack)}`;

describe('an error of a Google client leaves no trace of what it speaks of', () => {
  class GoogleError extends Error {
    readonly code = 5;
    readonly details = `No document to update: projects/p/databases/(default)/documents/users/${CANARY}/sessions/s1`;
    readonly errors = [{ row: { user_id: CANARY }, errors: [{ message: CANARY }] }];
    readonly response = { insertErrors: [{ errors: [{ message: CANARY }] }] };
  }
  const errors: readonly (readonly [string, Error])[] = [
    ['a path in its message', new GoogleError(`No document to update: users/${CANARY}/sessions/s1`)],
    ['a row in its properties', new GoogleError('partial failure')],
    ['a cause', new Error('failed', { cause: new Error(CANARY) })],
    ['many errors in one', new AggregateError([new Error(CANARY)], CANARY)],
    ['several lines', new Error(`bad row\n${CANARY}\n  ${CANARY}`)],
    ['a line that looks like a frame', new Error(`bad row\n    at ${CANARY}\n\tat ${CANARY} sessions`)],
    [
      'lines that are frames, but for what they say',
      new Error(`bad row\n    at ${CANARY} (node:${CANARY}:1:1)\n    at node:${CANARY}:1:1`),
    ],
    [
      'a message that was replaced',
      Object.assign(new Error('another'), { stack: `Error: bad row\n    at ${CANARY} (node:x:1:1)` }),
    ],
    [
      'the stack of a cause after its own',
      Object.assign(new Error('x'), {
        stack: `Error: x\n    at f (node:x:1:1)\nCaused by: y\n    at ${CANARY} (node:${CANARY}:1:1)`,
      }),
    ],
    ['a name that is one of ours', Object.assign(new Error(CANARY), { name: 'KeyError' })],
    ['a name', Object.assign(new Error('x'), { name: CANARY })],
    [
      'a stack that was added to',
      Object.assign(new Error('x'), { stack: `Error: x\nCaused by: ${CANARY}\n    at ${CANARY}` }),
    ],
  ];
  test.each(errors)('%s', (_, error) => {
    expect(print(error)).toContain(CANARY);
    const safe = toSafeError(error);
    expect(print(safe)).not.toContain(CANARY);
    expect(safe.message).toMatch(/^Unexpected \w*Error$/);
  });

  test('but it still says where it was thrown', () => {
    const { stack } = toSafeError(new TypeError(CANARY));
    expect(stack).toMatch(/^Error: Unexpected TypeError\n {4}at .*unexpected-error\.test\.ts:\d+:\d+/);
  });

  test('with or without a message', () => {
    for (const message of ['', CANARY, `two\nlines of ${CANARY}`]) {
      expect(toSafeError(new TypeError(message)).stack).toMatch(/unexpected-error\.test\.ts:\d+:\d+/);
    }
  });

  test('and an error without a stack is reduced to its name', () => {
    const error = new RangeError(CANARY);
    delete (error as { stack?: string }).stack;
    expect(toSafeError(error).stack).toBe('Error: Unexpected RangeError');
  });
});

test.each([
  ['text', CANARY, 'Unexpected error of type string'],
  ['an object', { message: CANARY }, 'Unexpected error of type object'],
  ['nothing', undefined, 'Unexpected error of type undefined'],
  ['null', null, 'Unexpected error of type object'],
])('%s that was thrown becomes an error that names its type', (_, thrown, message) => {
  expect(toSafeError(thrown)).toEqual(new Error(message));
});

test('our own errors pass as they are: they were made safe where they were made', () => {
  for (const error of [
    new ServiceError({ service: 'firestore', operation: 'commit', grpcCode: 14 }),
    new ConfigError(['GCLOUD_PROJECT is missing']),
    new KeyError('is missing'),
  ]) {
    expect(toSafeError(error)).toBe(error);
  }
});

test('withoutData gives what the work gave, or throws its error made safe', async () => {
  await expect(withoutData(async () => 7)).resolves.toBe(7);
  await expect(
    withoutData(async () => {
      throw new Error(CANARY);
    }),
  ).rejects.toThrow(new Error('Unexpected Error'));
});
