import { describe, expect, test } from '@jest/globals';
import { parseFlags } from '../../args.ts';
import { costVerb } from '../cost.ts';
import { documented, examples } from './document.ts';
import { FIXTURE, measured, workloadOf } from './fixture.ts';
import { readMeasured, RESULTS } from './measured.ts';

const run = (...argv: readonly string[]) => {
  const { values } = parseFlags({ usage: '', summary: '', flags: costVerb.flags }, [
    '--results',
    FIXTURE,
    ...argv,
  ]);
  return costVerb.run(undefined as never, values as never, []); // it reaches nothing, and takes no connection
};

describe('docs/cost.md', () => {
  test('shows what the commands print that stand in it: otherwise run "npm run pipeline -- cost --doc"', () => {
    const text = documented();
    const results = / --results (\S+)/.exec(text)?.[1];
    expect(text).toBe(examples(readMeasured(results ?? RESULTS), results));
  });
});

describe('the verb', () => {
  test('compares the three, line by line, per million documents and per month', async () => {
    const { text } = await run();
    expect(text).toMatch(/price +ours +\$ +sample +\$ +incumbent +\$/);
    expect(text).toMatch(/Firestore writes +\$0\.09 \/ 100 k writes +1\.02 M +0\.92 +1\.01 M +0\.91/);
    expect(text).toMatch(/Per million[^]*Per month[^]*What dominates[^]*ours[^]*What would change ours/);
    expect(text).not.toContain('looking for an open failure   ');
  });

  test('says what each quantity is for, on request', async () => {
    const { text } = await run('--breakdown');
    expect(text).toMatch(/looking for an open failure +Firestore reads +999 k +0\.30/);
  });

  test('gives the same as JSON, whose lines add up', async () => {
    const { json } = (await run()) as { json: { workload: object; perMonth: Record<string, Bill> } };
    expect(json.workload).toEqual(workloadOf([]));
    expect(Object.keys(json.perMonth)).toEqual(['ours', 'sample', 'incumbent']);
    for (const { usdPerMonth, lines } of Object.values(json.perMonth)) {
      expect(lines.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(usdPerMonth, 10);
      for (const { quantity, usdPerUnit, usd } of lines)
        expect(usd).toBeCloseTo(quantity * (usdPerUnit ?? 0), 10);
    }
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({ measured: measured.origin });
  });

  test('refuses a region without prices, and a part of a CPU for several events', () => {
    expect(() => workloadOf(['--region', 'asia-northeast1'])).toThrow('--region wants us-central1 or nam5');
    expect(() => workloadOf(['--millicpu', '167'])).toThrow('--millicpu below 1000 wants --concurrency 1');
    expect(workloadOf(['--millicpu', '167', '--concurrency', '1']).vcpus).toBe(0.167);
  });
});

interface Bill {
  readonly usdPerMonth: number;
  readonly lines: readonly {
    readonly quantity: number;
    readonly usdPerUnit: number | null;
    readonly usd: number;
  }[];
}
