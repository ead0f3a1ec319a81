import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readParamFiles, readSecretFile } from './env-files.ts';

test('the project wins over .env, .env.local over both; other projects and secrets have no say', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'env-'));
  const files: Record<string, string> = {
    '.env': 'A=env\nB=env\nC=env\n',
    '.env.demo-local': 'B=project\nC=project\n',
    '.env.local': 'C=local\nQUOTED="two words" # note\n',
    '.env.other': 'A=other\n',
    '.secret.local': 'KEY=hidden\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(dir, name), text);
  expect(readParamFiles(dir, 'demo-local')).toEqual({
    A: 'env',
    B: 'project',
    C: 'local',
    QUOTED: 'two words',
  });
  expect(readSecretFile(dir)).toEqual({ KEY: 'hidden' });
});

test('without files there are no values', () => {
  expect(readParamFiles(path.join(tmpdir(), 'nothing-here'), 'p')).toEqual({});
});
