import { describe, expect, test } from '@jest/globals';
import { parseQueueYaml } from './queue-yaml.ts';

describe('parseQueueYaml', () => {
  test('reads rate, burst and retry parameters; a retry limit of 10 is 11 attempts', () => {
    const yaml = `
queue:
- name: bigquery-sync-queue
  rate: 10/s
  bucket_size: 20
  max_concurrent_requests: 8
  retry_parameters:
    task_retry_limit: 10
    task_age_limit: 2d
    min_backoff_seconds: 1
    max_backoff_seconds: 3600
    max_doublings: 5
`;
    expect(parseQueueYaml(yaml)).toEqual([
      {
        name: 'bigquery-sync-queue',
        rateLimits: { maxDispatchesPerSecond: 10, maxBurstSize: 20, maxConcurrentDispatches: 8 },
        retryConfig: {
          maxAttempts: 11,
          maxRetryDurationMs: 172_800_000,
          minBackoffMs: 1000,
          maxBackoffMs: 3_600_000,
          maxDoublings: 5,
        },
        samplingRatio: 0,
      },
    ]);
  });

  test("what is absent has App Engine's defaults: burst 5, retries without end", () => {
    const [queue] = parseQueueYaml('queue:\n- name: a\n  rate: 30/m\n');
    expect(queue).toMatchObject({
      rateLimits: { maxDispatchesPerSecond: 0.5, maxBurstSize: 5 },
      retryConfig: { maxAttempts: -1, maxRetryDurationMs: 0, maxDoublings: 16 },
    });
  });

  test.each([
    ['no list', 'queues: []', /queue\.yaml: queue/],
    ['no rate', 'queue:\n- name: a', /queue\.0\.rate/],
    ['a rate without unit', 'queue:\n- name: a\n  rate: "10"', /must look like 10\/s/],
    ['a name twice', 'queue:\n- {name: a, rate: 1/s}\n- {name: a, rate: 2/s}', /queue "a" is there twice/],
    ['a bad name', 'queue:\n- name: a_b\n  rate: 1/s', /queue\.0\.name/],
    ['an unknown key', 'queue:\n- name: a\n  rate: 1/s\n  retries: 3', /retries/],
    [
      'a rate above 500/s',
      'queue:\n- name: a\n  rate: 501/s',
      /queue "a": RateLimits.maxDispatchesPerSecond must be less/,
    ],
    [
      'min above max',
      'queue:\n- name: a\n  rate: 1/s\n  retry_parameters: {min_backoff_seconds: 9, max_backoff_seconds: 2}',
      /RetryConfig.minBackoff must be less/,
    ],
  ])('refuses %s', (_, yaml, message) => {
    expect(() => parseQueueYaml(yaml)).toThrow(message);
  });
});
