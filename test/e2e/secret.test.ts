// Without a proper secret the pipeline fails closed.
import { afterEach, expect, test } from '@jest/globals';
import { until } from '../../emulators/shared/until.ts';
import { completedSession, startPipeline, TABLE, type Pipeline } from './harness.ts';

let pipeline: Pipeline | undefined;
afterEach(() => pipeline?.close());

test.each([
  ['a placeholder', 'default-salt-change-in-production-please', 'is a placeholder'],
  ['a short one', 'only-sixteen-b!', 'is too short (15 bytes)'],
])(
  '%s inserts nothing, says so once per attempt, and the event stays',
  async (_, secret, problem) => {
    pipeline = await startPipeline({ env: { PSEUDONYMIZATION_SALT: secret } });
    await pipeline.firestore.doc('users/u1/sessions/s1').create(completedSession());
    const { logs, suite } = pipeline;
    await until(() => logs.filter((line) => line.includes(`PSEUDONYMIZATION_SALT ${problem}`)).length >= 2);
    expect(await pipeline.query(`SELECT COUNT(*) AS n FROM ${TABLE}`)).toEqual([{ n: 0 }]);
    expect(await pipeline.failures()).toEqual([]);
    expect(suite.eventarc.pending()).toBe(1);
    expect(logs.join('\n')).not.toContain(secret);
  },
  60_000,
);
