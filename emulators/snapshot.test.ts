import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import type { Emulator } from './shared/emulator.ts';
import { exportSnapshot, findExportProblem, findImportProblem, importSnapshot } from './snapshot.ts';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'snapshot-'));
});

/** A part whose data is one text; without `data` a part that keeps none. */
function part(name: string, data?: string): Emulator & { data?: string } {
  const bare = { name, host: '', port: 0, clear: async () => undefined, close: async () => undefined };
  if (data === undefined) return bare;
  return {
    ...bare,
    data,
    async exportTo(dir) {
      if (this.data === 'broken') throw new Error('disk full');
      await writeFile(path.join(dir, 'data'), this.data ?? '');
    },
    async importFrom(dir) {
      this.data = await readFile(path.join(dir, 'data'), 'utf8');
    },
  };
}

test('what was exported is imported, part by part; parts that keep nothing are left out', async () => {
  const dir = path.join(base, 'out');
  await expect(exportSnapshot(dir, [part('firestore', 'documents'), part('tasks')])).resolves.toEqual([
    'firestore',
  ]);
  const again = part('firestore', '');
  const other = part('bigquery', 'stays');
  await importSnapshot(dir, [other, again]);
  expect(again.data).toBe('documents');
  expect(other.data).toBe('stays');
});

test('a second export replaces the first; one that fails leaves it as it was', async () => {
  const dir = path.join(base, 'out');
  await exportSnapshot(dir, [part('firestore', 'first')]);
  await exportSnapshot(dir, [part('firestore', 'second')]);
  await expect(exportSnapshot(dir, [part('firestore', 'broken')])).rejects.toThrow('disk full');
  expect(await readFile(path.join(dir, 'firestore', 'data'), 'utf8')).toBe('second');
  expect(await readdir(base)).toEqual(['out']);
});

test('a folder with anything else in it is neither replaced nor imported', async () => {
  await writeFile(path.join(base, 'thesis.txt'), 'years of work');
  await expect(exportSnapshot(base, [part('firestore', 'x')])).rejects.toThrow(/holds something else/);
  await expect(importSnapshot(base, [])).rejects.toThrow(/is no export of this suite/);
  expect(existsSync(path.join(base, 'thesis.txt'))).toBe(true);
  expect(findExportProblem(path.join(base, 'thesis.txt'))).toMatch(/is no folder/);
});

test('a missing folder and an unknown version are named', async () => {
  expect(findImportProblem(path.join(base, 'none'))).toMatch(/none" does not exist/);
  expect(findExportProblem(path.join(base, 'none'))).toBeUndefined();
  await writeFile(path.join(base, 'suite-export.json'), '{"version":2,"parts":[]}');
  expect(findImportProblem(base)).toMatch(/of no known version/);
});
