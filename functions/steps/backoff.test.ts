import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfig, QUEUE_BACKOFF } from '../config.ts';
import { backoffMs } from './backoff.ts';

const policy = { maxAttempts: 10, minBackoffMs: 1_000, maxBackoffMs: 3_600_000, maxDoublings: 5 };
const queueYaml = parse(readFileSync(path.join(__dirname, '..', '..', 'queue.yaml'), 'utf8')) as {
  queue: readonly { name: string; retry_parameters: Readonly<Record<string, number>> }[];
};

test.each([
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [4, 8_000],
  [5, 16_000],
  [6, 32_000],
  [7, 64_000],
  [8, 96_000],
  [9, 128_000],
  [10, 160_000],
  [1_000, 3_600_000],
])('attempt %i waits %i ms: doubled five times, then linear, then capped', (attempt, ms) => {
  expect(backoffMs(attempt, policy)).toBe(ms);
});

test('without doublings the wait grows linearly', () => {
  expect([1, 2, 3].map((attempt) => backoffMs(attempt, { ...policy, maxDoublings: 0 }))).toEqual([
    1_000, 2_000, 3_000,
  ]);
});

test('the functions know the backoff of queue.yaml', () => {
  const { min_backoff_seconds, max_backoff_seconds, max_doublings } = queueYaml.queue[0]!.retry_parameters;
  expect(QUEUE_BACKOFF).toEqual({
    minBackoffMs: min_backoff_seconds! * 1000,
    maxBackoffMs: max_backoff_seconds! * 1000,
    maxDoublings: max_doublings,
  });
});

test('the queue of queue.yaml is the one that the functions use, and outlives the budget of the handler', () => {
  const { queue, retry } = parseConfig({ GCLOUD_PROJECT: 'demo-local' });
  expect(queueYaml.queue.map(({ name }) => name)).toEqual([queue]);
  expect(queueYaml.queue[0]!.retry_parameters['task_retry_limit']).toBeGreaterThan(retry.maxAttempts);
  expect(retry.maxAttempts).toBe(10);
});
