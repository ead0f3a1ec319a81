// Kept schedules: a file each, written once, and read back as they were.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keepRegression, readRegressions, type Regression } from './regressions.ts';
import { formatSchedule, ofSeed, parseSchedule } from './schedule.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'regressions-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const found: Regression = {
  violation: 'a failure pending at rest',
  commit: 'abc1234',
  note: 'seed 7',
  schedule: 'crash,zombie:0,1,2',
};

test('what was found is kept, and read back', () => {
  const { file, isNew } = keepRegression(found, directory);
  expect(isNew).toBe(true);
  expect(readRegressions(directory)).toEqual([{ file: path.basename(file), ...found }]);
});

test('a schedule that is kept already keeps its note', () => {
  const { file } = keepRegression(found, directory);
  const text = readFileSync(file, 'utf8');
  expect(keepRegression({ ...found, note: 'seed 8' }, directory)).toEqual({ file, isNew: false });
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('a schedule reads back from its text', () => {
  const { faults } = ofSeed(3);
  for (const schedule of [
    { faults: [], tape: [] },
    { faults, tape: [0, 4, 1] },
  ]) {
    expect(parseSchedule(formatSchedule(schedule))).toEqual(schedule);
  }
});

test.each(['', 'crash', 'earthquake:', 'crash:-1', 'crash:1.5', 'crash:x'])('"%s" is no schedule', (text) => {
  expect(() => parseSchedule(text)).toThrow(/^Cannot read the schedule: /);
});
