import { expect, test } from '@jest/globals';
import type { LogFields } from '../services/log.ts';
import type { Outcome } from '../steps/outcome.ts';
import { reason, SafeError, vouched, type Reason } from './reason.ts';

test('a reason is words of the code, with numbers and other reasons between them', () => {
  const field = vouched('formFeedback.warnings');
  expect(reason`${10} attempts spent: ${reason`${field}.${3}: expected a string`}`).toBe(
    '10 attempts spent: formFeedback.warnings.3: expected a string',
  );
  expect(reason``).toBe('');
});

/** tsc says so: each of these would be an error without the line above it. */
test('a value that was found is none, and the compiler says so', () => {
  const found: string = 'users/taro/sessions/s1';
  // @ts-expect-error -- a value between the words
  const between = reason`no document ${found}`;
  // @ts-expect-error -- any text
  const plain: Reason = found;
  // @ts-expect-error -- any text, in a log line
  const line: LogFields = { reason: found };
  // @ts-expect-error -- any text, in a failure
  const outcome: Outcome = { kind: 'dead', reason: `source ${found}` };
  // @ts-expect-error -- any text, in an error that is logged whole
  const error = new SafeError(`Cannot read ${found}`);
  expect([between, plain, line, outcome, error]).toHaveLength(5);
});
