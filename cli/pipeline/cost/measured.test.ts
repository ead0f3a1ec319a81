import { describe, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FIXTURE, measured } from './fixture.ts';
import { figuresAt, readMeasured } from './measured.ts';

/** A copy of the fixture, in which a text of a file is replaced; without a text the file is gone. */
function readChanged(name: string, text?: string, by = ''): () => unknown {
  return () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'measured-'));
    try {
      cpSync(FIXTURE, folder, { recursive: true });
      const file = path.join(folder, `${name}.json`);
      if (text === undefined) rmSync(file);
      else writeFileSync(file, readFileSync(file, 'utf8').replaceAll(text, by));
      return readMeasured(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

describe('the results of the benches', () => {
  test('are read: by concurrency, other events as the mean of their kinds over HTTP', () => {
    expect(measured.ours.at.map(({ concurrency }) => concurrency)).toEqual([1, 20, 80]);
    expect(measured.baseline.firestoreReadsPerDocument).toBe(0);
    expect(measured.ignoredMs).toEqual({ ours: 0.5, decoded: 0.7 });
    expect(measured).toMatchObject({
      coldMs: 300,
      retryMs: 2,
      origin: { commit: '0000000', date: '2026-01-01' },
    });
  });

  test('that are missing are named, each with the command that makes it', () => {
    expect(() => readMeasured(path.join(os.tmpdir(), 'nothing-here'))).toThrow(
      /trigger\.json is missing: "npm run bench:trigger" makes it\n.*idle\.json is missing[^]*bench:cold[^]*bench:retry/,
    );
    expect(readChanged('cold')).toThrow(/:\n {2}cold\.json is missing: "npm run bench:cold" makes it$/);
  });

  test('of another form are named with the field', () => {
    expect(readChanged('trigger', '"cpuMsPerDocument": 1.2', '"cpuMsPerDocument": "1.2"')).toThrow(
      /trigger\.json, medians\.0\.cpuMsPerDocument: .*; "npm run bench:trigger" makes it anew/,
    );
    expect(readChanged('idle', '}', '')).toThrow(/idle\.json, all of it: /);
  });

  test('without one of the variants are not taken for complete', () => {
    expect(readChanged('trigger', '"incumbent"', '"other"')).toThrow(
      'trigger.json has no figures of "incumbent"',
    );
    expect(readChanged('trigger', '"concurrency": 1,', '"concurrency": 2,')).toThrow(
      'trigger.json has no figures of "ours" at concurrency "1"',
    );
    expect(readChanged('idle', '"HTTP"', '"air"')).toThrow('idle.json has no figures of "ours"');
  });

  test('say when the code that was measured is not that of the commit', () => {
    expect(readChanged('trigger', '"dirty": false', '"dirty": true')()).toMatchObject({
      origin: { commit: '0000000 with changes' },
    });
  });
});

describe('figures between two measured points', () => {
  const cpu = (documents: number) => figuresAt(measured.ours, documents).cpuMsPerDocument;

  test('lie on the power law through both, and are those of the ends outside', () => {
    expect([cpu(1), cpu(20), cpu(80)]).toEqual([1.2, 0.4, 0.2]);
    expect(cpu(40)).toBeCloseTo(0.4 * Math.SQRT1_2, 12);
    expect([cpu(0.5), cpu(1_000)]).toEqual([1.2, 0.2]);
  });

  test('count requests in the same way', () => {
    expect(figuresAt(measured.ours, 40).bigqueryRequestsPerDocument).toBeCloseTo(Math.sqrt(0.06 * 0.02), 12);
    expect(figuresAt(measured.incumbent, 9).firestoreCommitsPerDocument).toBe(0);
  });
});
