import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { log } from './log.ts';
import { reason } from '../pipelines/reason.ts';

const request = new AsyncLocalStorage<string>();
const { stdout } = process;
const original = stdout.write.bind(stdout);
let writes: { readonly text: string; readonly within: string | undefined }[];

beforeEach(() => {
  writes = [];
  stdout.write = (text: string | Uint8Array) =>
    writes.push({ text: String(text), within: request.getStore() }) > 0;
});
afterEach(() => {
  stdout.write = original;
});

test('what is well is written at the end of the turn, in one piece, a line each', async () => {
  log('INFO', 'Row delivered', { pipeline: 'sessions' });
  log('INFO', 'Reconciled', { missing: 0 });
  expect(writes).toEqual([]);
  await turn();
  const [only, ...others] = writes;
  expect(others).toEqual([]);
  expect(
    only?.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as object),
  ).toEqual([
    { severity: 'INFO', message: 'Row delivered', pipeline: 'sessions' },
    { severity: 'INFO', message: 'Reconciled', missing: 0 },
  ]);
});

test.each(['WARNING', 'ERROR'] as const)('a %s is written at once, after what came before it', (severity) => {
  log('INFO', 'first', {});
  log(severity, 'second', { reason: reason`http 503` });
  expect(
    writes.map(({ text }) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).message),
    ),
  ).toEqual([['first', 'second']]);
});

test('lines are written outside of requests: the framework would take several for one', async () => {
  await request.run('a request', async () => {
    log('INFO', 'one', {});
    log('INFO', 'two', {});
    await turn();
    log('ERROR', 'three', {});
  });
  expect(writes.map(({ within }) => within)).toEqual([undefined, undefined]);
});
