// `keys rotate` as a filter, a process of its own: what it takes in, and where the secret may come out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseKeyring } from '../../../functions/steps/pseudonym-key.ts';
import { beginningOf } from './rotate.ts';
import { checkOutput } from './secret.ts';

const PLAIN = 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0eU';
const SCRIPT = path.join(import.meta.dirname, '..', '..', 'pipeline.ts');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'rotate-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function rotate(input: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', SCRIPT, 'keys', 'rotate', ...args],
    { input, encoding: 'utf8', env: { ...process.env, npm_lifecycle_event: 'test' } },
  );
  return { status, stdout, stderr };
}

test('standard output is the keyring and nothing else; people read standard error', () => {
  const { status, stdout, stderr } = rotate(`${PLAIN}\n`, '--from', '2099-01-01T00:00:00Z');
  expect(status).toBe(0);
  const keyring = parseKeyring(stdout, { project: 'p', dataset: 'd' });
  const at = (time: string) => keyring.at(time).version;
  expect([at('2098-12-31T23:59:59.999999Z'), at('2099-01-01T00:00:00.000000Z')]).toEqual([1, 2]);
  expect(stderr).toMatch(/^Key version 2 is added; versions of documents from 2099-01-01T00:00:00.000Z on/);
  expect(stderr).not.toMatch(new RegExp(`${PLAIN}|${Buffer.from(PLAIN).toString('base64')}`));
});

test('two runs make two keys', () => {
  const [a, b] = [rotate(PLAIN), rotate(PLAIN)];
  expect(JSON.parse(a.stdout).keys[2].key).not.toBe(JSON.parse(b.stdout).keys[2].key);
});

test('--out writes a file for its owner alone, and standard output has no key', () => {
  const file = path.join(dir, 'keyring.json');
  writeFileSync(file, PLAIN, { mode: 0o644 });
  const { status, stdout, stderr } = rotate('', '--keyring', file, '--out', file, '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ version: 2, mode: 'hmac', policy: 'unlinkable', file });
  const written = readFileSync(file, 'utf8');
  expect(stdout).not.toContain(JSON.parse(written).keys[2].key);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(['keyring.json']);
});

test.each([
  ['an empty secret', '', [], 'is missing'],
  ['JSON cut off', '{"active": 1,', [], 'is no keyring'],
  ['another mode', PLAIN, ['--mode', 'md5'], '--mode wants one of hmac, sha256-salt'],
  ['another policy', PLAIN, ['--policy', 'forget'], '--policy wants one of unlinkable, continuous'],
  ['a time that is past', PLAIN, ['--from', '2020-01-01T00:00:00Z'], 'a time that is to come'],
  ['a file that is not there', '', ['--keyring', '/nowhere/keyring.json'], 'wants a file that can be read'],
  ['two places to read from', '', ['--keyring', 'a', '--local'], 'one of them is enough'],
  ['two places to write to', '', ['--out', 'a', '--local'], 'one of them is enough'],
  ['no local secret', '', ['--local=/nowhere'], 'has no PSEUDONYMIZATION_SALT'],
])('%s ends with 2, and standard output stays empty', (_, input, args, problem) => {
  const told = rotate(input, ...args);
  expect(told).toMatchObject({ status: 2, stdout: '' });
  expect(told.stderr).toContain(problem);
});

describe('where a secret would be seen or spoiled', () => {
  const nowhere = { keyring: undefined, local: undefined, out: undefined };
  const { isTTY } = process.stdout;
  afterEach(() => {
    process.stdout.isTTY = isTTY;
  });

  test('on a terminal it is refused, unless it goes into a file', () => {
    process.stdout.isTTY = true;
    expect(() => checkOutput(nowhere, {})).toThrow('A secret is not shown on a terminal');
    expect(() => checkOutput({ ...nowhere, out: 'keyring.json' }, {})).not.toThrow();
    expect(() => checkOutput({ ...nowhere, local: '' }, {})).not.toThrow();
  });

  test('below an npm that prints its own lines it is refused', () => {
    process.stdout.isTTY = false;
    const env = { npm_lifecycle_event: 'pipeline', npm_config_loglevel: 'error' };
    expect(() => checkOutput(nowhere, env)).toThrow('npm run -s pipeline');
    expect(() => checkOutput(nowhere, { ...env, npm_config_loglevel: 'silent' })).not.toThrow();
    expect(() => checkOutput({ ...nowhere, out: 'keyring.json' }, env)).not.toThrow();
  });
});

test.each([
  [{}, '2026-01-01T01:00:00.000Z'],
  [{ in: '0' }, '2026-01-01T00:00:00.000Z'],
  [{ in: '0.5' }, '2026-01-01T00:30:00.000Z'],
  [{ from: '2026-01-01T10:00:00+09:00' }, '2026-01-01T01:00:00.000Z'],
])('%j is the time %s for a new key', (given, expected) => {
  const now = new Date('2026-01-01T00:00:00Z');
  expect(beginningOf({ in: undefined, from: undefined, ...given }, now).toISOString()).toBe(expected);
});

test.each([
  [{ in: '-1' }, '--in wants a number of hours'],
  [{ in: 'soon' }, '--in wants a number of hours'],
  [{ from: '2026-01-01' }, '--from wants a time with its zone'],
  [{ from: '2026-13-01T00:00:00Z' }, '--from wants a time with its zone'],
  [{ from: '2025-12-31T23:59:59Z' }, 'a time that is to come'],
  [{ in: '1', from: '2026-01-01T01:00:00Z' }, 'one of them is enough'],
])('%j is no time for a new key', (given, problem) => {
  const now = new Date('2026-01-01T00:00:00Z');
  expect(() => beginningOf({ in: undefined, from: undefined, ...given }, now)).toThrow(problem);
});
