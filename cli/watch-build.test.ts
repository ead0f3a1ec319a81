import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock } from '../emulators/shared/clock.ts';
import { watchBuild } from './watch-build.ts';

let dir: string;
let clock: ManualClock;
let rebuilds: number;
let stop: () => void;

const write = (name: string, text: string) => writeFile(path.join(dir, name), text);
const look = () => clock.advance(400);

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'build-'));
  await write('package.json', '{}');
  await write('index.js', '1');
  clock = new ManualClock();
  rebuilds = 0;
  stop = watchBuild(dir, clock, () => rebuilds++);
});
afterEach(() => stop());

test('a build is told once, when it has come to rest', async () => {
  await write('index.js', 'first half');
  look();
  await write('index.js', 'first half, second half');
  look();
  expect(rebuilds).toBe(0);
  look();
  look();
  expect(rebuilds).toBe(1);
});

test('a build that is not complete is not told', async () => {
  await rm(path.join(dir, 'package.json'));
  look();
  look();
  expect(rebuilds).toBe(0);
  await write('package.json', '{"new":true}');
  look();
  look();
  expect(rebuilds).toBe(1);
});

test('nothing is told without a change, or after it was stopped', async () => {
  look();
  look();
  expect(rebuilds).toBe(0);
  stop();
  await write('index.js', 'changed');
  look();
  look();
  expect(rebuilds).toBe(0);
});
