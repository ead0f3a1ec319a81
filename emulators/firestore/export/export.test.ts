import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ManualClock } from '../../shared/clock.ts';
import type { Database } from '../store/database.ts';
import { Service } from '../service.ts';
import { anyValue } from '../testing/values.ts';
import type { MapValue } from '../values/value.ts';
import { identical } from '../values/identical.ts';
import { exportDatabases } from './export-databases.ts';
import { readExport } from './import-databases.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'firestore-export-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

function put(database: Database, id: string, fields: MapValue): void {
  const time = database.clock.commitTime();
  const after = { path: `c/${id}`, fields, createTime: time - 5, updateTime: time };
  database.apply({ time, changes: [{ path: after.path, before: undefined, after }] });
}

test('every value, its times and its database come back as they were', async () => {
  const service = new Service(new ManualClock());
  const names = ['projects/p/databases/(default)', 'projects/p/databases/b', 'projects/q/databases/b'];
  for (const [i, name] of names.entries()) {
    const values = fc.sample(anyValue, { numRuns: 700, seed: i });
    for (const [n, value] of values.entries()) {
      put(service.database(name), `${n}`, new Map([[n === 0 ? '__proto__' : 'a.`b', value]]));
    }
  }
  await exportDatabases(service.databases(), dir);
  const imported = await readExport(dir);
  expect(imported.map(({ name }) => name)).toEqual(names);
  for (const { name, documents } of imported) {
    const stored = [...service.database(name).documents()];
    expect(documents.length).toBe(stored.length);
    for (const [i, document] of documents.entries()) {
      const { fields, ...rest } = document;
      const { fields: storedFields, ...storedRest } = stored[i]!;
      expect(rest).toEqual(storedRest);
      expect(identical(fields, storedFields)).toBe(true);
    }
  }
});

test('an import replaces what was there, and commits are later than all that it brought', async () => {
  const clock = new ManualClock();
  clock.advance(1_000_000);
  const old = new Service(clock);
  put(old.database('projects/p/databases/d'), 'x', new Map());
  await exportDatabases(old.databases(), dir);
  const service = new Service(new ManualClock());
  const database = service.database('projects/p/databases/d');
  put(database, 'y', new Map());
  for (const { name, documents } of await readExport(dir)) service.load(name, documents);
  expect([...database.documents()].map((document) => document.path)).toEqual(['c/x']);
  expect(database.clock.commitTime()).toBeGreaterThan(database.get('c/x')!.updateTime);
});

test('a second export into the same directory leaves nothing of the first', async () => {
  const service = new Service(new ManualClock());
  put(service.database('projects/p/databases/d'), 'x', new Map());
  await exportDatabases(service.databases(), dir);
  await exportDatabases([], dir);
  expect(await readExport(dir)).toEqual([]);
});

test('an import that cannot be read says what is wrong and where', async () => {
  const missing = path.join(dir, 'none');
  await expect(readExport(missing)).rejects.toThrow(`"${missing}": the directory does not exist`);
  await expect(readExport(dir)).rejects.toThrow('firestore-export.json');
  const service = new Service(new ManualClock());
  put(service.database('projects/p/databases/d'), 'x', new Map());
  await exportDatabases(service.databases(), dir);
  const file = path.join(dir, 'firestore', 'p', 'd.ndjson');
  await writeFile(file, `${await readFile(file, 'utf8')}{"name":"elsewhere"}\n`);
  await expect(readExport(dir)).rejects.toThrow(`"${file}", line 2`);
});
