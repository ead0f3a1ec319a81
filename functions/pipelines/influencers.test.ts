// Holds together what must agree of the collections of which every change is a row: document schema, row, table, view.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  changesOf,
  FULL_CAMPAIGN,
  FULL_CHANNEL,
  MINIMAL_CHANNEL,
} from '../../test/contracts/channel-documents.ts';
import { FAKE_SCOPE, FAKE_SECRET } from '../../test/contracts/fakes/context.ts';
import { fits, readTableSchema } from '../../test/contracts/table-schema.ts';
import { deletionAfter } from '../steps/deletion.ts';
import { parseDocument } from '../steps/parse-document.ts';
import { parseKeyring } from '../steps/pseudonym-key.ts';
import { pseudonymise } from '../steps/pseudonymise.ts';
import { toInsertRow } from '../steps/to-insert-row.ts';
import { campaigns } from './campaigns.ts';
import { influencers } from './influencers.ts';
import type { DocumentData } from './pipeline.ts';

const key = parseKeyring(FAKE_SECRET, FAKE_SCOPE).active;
const updateTime = '2026-01-01T00:05:00.000123Z';

describe.each([
  { pipeline: influencers, full: FULL_CHANNEL, minimal: MINIMAL_CHANNEL },
  { pipeline: campaigns, full: FULL_CAMPAIGN, minimal: { created_at: '2026-01-01T00:00:00Z' } },
])('$pipeline.name', ({ pipeline, full, minimal }) => {
  const table = readTableSchema(pipeline.table);
  const columns = table.schema.fields;

  /** The row as BigQuery gets it, after JSON. */
  function rowOf(data: DocumentData | undefined): Record<string, unknown> {
    const version = data ? { updateTime, contentHash: 'c' } : deletionAfter(updateTime);
    const source = { path: `${pipeline.name}/the-id-of-the-path`, data, version };
    const parsed = parseDocument(pipeline, source);
    if (!parsed.ok) throw new Error(parsed.reason);
    const row = pseudonymise(pipeline, source, parsed.document, key);
    const { json } = toInsertRow(pipeline, source, row, new Date('2026-01-01T00:10:00.007Z'));
    return JSON.parse(JSON.stringify(json)) as Record<string, unknown>;
  }
  const misfits = (row: Record<string, unknown>) =>
    columns.filter((column) => !fits(column, row[column.name])).map(({ name }) => name);

  test('has a table that takes every legal document, and the row of its deletion', () => {
    for (const data of [full, minimal, undefined]) {
      expect(misfits(rowOf(data))).toEqual([]);
      expect(Object.keys(rowOf(data))).toEqual(columns.map(({ name }) => name));
    }
    fc.assert(
      fc.property(changesOf(full), (data) => {
        expect(misfits(rowOf({ ...minimal, ...data }))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('has columns that are required where the row of a deletion has a value, and nowhere else', () => {
    const gone = rowOf(undefined);
    for (const { name, mode } of columns) {
      if (name === 'deleted_at') continue;
      const wanted = Array.isArray(gone[name]) ? 'REPEATED' : gone[name] === null ? 'NULLABLE' : 'REQUIRED';
      expect([name, mode]).toEqual([name, wanted]);
    }
  });

  test('has all columns described, each in a sentence, also inside of records', () => {
    const all = columns.flatMap((column) => [column, ...(column.fields ?? [])]);
    for (const { name, description } of [{ name: '(table)', description: table.description }, ...all])
      expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z].+\.$/s)]);
  });

  test('takes the id of the path, and none that the document has', () => {
    const row = rowOf(full);
    expect(row[pipeline.key[0]!]).toBe('the-id-of-the-path');
    expect(JSON.stringify(row)).not.toContain('of the app');
  });

  test('keeps rows for ever, for a document that nobody changes is to be shown', () => {
    expect(table.timePartitioning).toEqual({ type: 'DAY', field: 'source_updated_at' });
    expect(table.clustering.fields).toEqual(pipeline.key);
  });

  test('has a view that is keyed by columns of every row, ordered by the source, and hides what is deleted', () => {
    const file = path.join(
      __dirname,
      '..',
      '..',
      'bigquery-schemas',
      'views',
      `${pipeline.table}_latest.sql`,
    );
    const view = readFileSync(file, 'utf8');
    expect(/PARTITION BY (.+)/.exec(view)![1]!.split(', ')).toEqual(pipeline.key);
    expect(/ORDER BY (.+)/.exec(view)![1]).toBe('source_updated_at DESC, synced_at DESC');
    expect(view).toContain('AND deleted_at IS NULL');
  });
});

test('records hold what the policies leave of the maps', () => {
  const source = { path: 'campaigns/c1', data: FULL_CAMPAIGN, version: { updateTime, contentHash: 'c' } };
  const parsed = parseDocument(campaigns, source);
  expect(parsed).toMatchObject({
    ok: true,
    document: {
      cells: {
        target_demographics: { age_range: '20-35', gender: 'female', interests: ['beauty', 'fashion'] },
        requirements: { min_subscribers: 10_000, min_engagement_rate: 0.03, content_type: 'video_review' },
      },
      unknownFields: 0,
    },
  });
  expect(JSON.stringify(parsed)).not.toContain('コスメ');
});
