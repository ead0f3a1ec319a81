// The alerts stand on metrics, the metrics on log lines, and the log lines on the code: one chain, held together here.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

const root = path.join(__dirname, '..', '..');
const read = (folder: string): [string, unknown][] =>
  readdirSync(path.join(root, 'monitoring', folder)).map((file) => [
    file,
    JSON.parse(readFileSync(path.join(root, 'monitoring', folder, file), 'utf8')),
  ]);

const metricSchema = z.strictObject({
  name: z.string().regex(/^bigquery_sync_\w+$/),
  description: z.string().min(1),
  filter: z.string(),
  valueExtractor: z.string().optional(),
  metricDescriptor: z.strictObject({
    metricKind: z.literal('DELTA'),
    valueType: z.enum(['INT64', 'DISTRIBUTION']),
    unit: z.string(),
  }),
});

const conditionSchema = z.object({ filter: z.string() });

const alertSchema = z.object({
  displayName: z.string().startsWith('BigQuery sync: '),
  documentation: z.object({ content: z.string().includes('npm run pipeline') }),
  conditions: z
    .array(
      z.union([
        z.object({ conditionThreshold: conditionSchema }).transform((it) => it.conditionThreshold),
        z.object({ conditionAbsent: conditionSchema }).transform((it) => it.conditionAbsent),
      ]),
    )
    .min(1),
});

const sources = readdirSync(path.join(root, 'functions'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => readFileSync(path.join(root, 'functions', file), 'utf8'))
  .join('\n');
const logFields = readFileSync(path.join(root, 'functions', 'services', 'log.ts'), 'utf8');
const metrics = new Map(read('metrics').map(([file, raw]) => [file, metricSchema.parse(raw)]));

describe.each([...metrics])('the metric of %s', (_, metric) => {
  test('counts a line that the code writes', () => {
    const [, message] = /jsonPayload\.message="([^"]+)"/.exec(metric.filter) ?? [];
    expect(sources).toContain(`'${message}'`);
  });

  test('takes its value, if it has one, from a field of that line', () => {
    const [, field] = /^EXTRACT\(jsonPayload\.(\w+)\)$/.exec(metric.valueExtractor ?? '') ?? [];
    expect(metric.valueExtractor === undefined).toBe(metric.metricDescriptor.valueType === 'INT64');
    expect(field === undefined || logFields.includes(`readonly ${field}?: number;`)).toBe(true);
  });
});

test.each(read('alerts'))(
  'the alert of %s stands on a metric that there is, and says what to do',
  (_, raw) => {
    const names = alertSchema.parse(raw).conditions.map(({ filter }) => /user\/(\w+)"/.exec(filter)?.[1]);
    const known = [...metrics.values()].map((metric) => metric.name);
    expect(names.filter((name) => name === undefined || !known.includes(name))).toEqual([]);
  },
);
