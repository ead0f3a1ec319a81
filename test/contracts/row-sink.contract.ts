// What every row sink promises: a verdict for each row, in order, that holds codes and column names only.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Row } from '../../functions/pipelines/pipeline.ts';
import type { RowSink } from '../../functions/services/row-sink.ts';
import type { InsertRow } from '../../functions/steps/to-insert-row.ts';
import type { Phase } from './fakes/fault-list.ts';

export interface RowSinkHarness {
  /** On a dataset with the empty table `sessions` and no other. */
  readonly sink: RowSink;
  /** Cells of the stored rows of `sessions`, as the names say. */
  stored(...columns: readonly string[]): Promise<readonly unknown[][]>;
  /** The next request fails, before or after it is stored. */
  failNext(phase: Phase, httpStatus: number, reason: string): void;
  close(): Promise<void>;
}

const CANARY = 'canary-7f3a';

function row(id: string, change: Readonly<Record<string, unknown>> = {}): InsertRow {
  const json = {
    user_id_hash: 'ab'.repeat(32),
    session_id: id,
    exercise_type: 'スクワット',
    start_time: '2026-01-01T00:00:00.123456Z',
    status: 'completed',
    warnings: ['膝', ''],
    created_at: '2026-01-01T00:00:00.000000Z',
    source_updated_at: '2026-01-01T00:00:01.000001Z',
    pseudonym_key_version: 1,
    synced_at: '2026-01-01T00:00:02.000Z',
    ...change,
  };
  return { insertId: `id-${id}-${CANARY}`, json: json as unknown as Row };
}

export function rowSinkContract(name: string, create: () => Promise<RowSinkHarness>): void {
  describe(`the row sink: ${name}`, () => {
    let harness: RowSinkHarness;
    beforeEach(async () => {
      harness = await create();
    });
    afterEach(() => harness.close());

    const insertInto = (table: string, rows: readonly InsertRow[]) =>
      Promise.all(rows.map((one) => harness.sink.insert(table, one)));
    const insert = (rows: readonly InsertRow[]) => insertInto('sessions', rows);

    test('stores a row as it is', async () => {
      await expect(insert([row('s1', { rep_count: 0, device_model: '' })])).resolves.toEqual([
        { stored: true },
      ]);
      await expect(
        harness.stored('session_id', 'exercise_type', 'rep_count', 'set_count', 'device_model', 'warnings'),
      ).resolves.toEqual([['s1', 'スクワット', 0, null, '', ['膝', '']]]);
    });

    test('gives each row its own verdict, in order: a poison row harms only itself', async () => {
      const rows = [
        row('s1'),
        row('s2', { rep_count: `many ${CANARY}` }),
        row('s3'),
        row('s4', { start_time: `yesterday ${CANARY}` }),
        row('s5'),
      ];
      const verdicts = await insert(rows);
      expect(verdicts.map(({ stored }) => stored)).toEqual([true, false, true, false, true]);
      expect(verdicts[1]).toMatchObject({
        error: { service: 'bigquery', reasons: [{ reason: 'invalid', location: 'rep_count' }] },
      });
      expect(verdicts[3]).toMatchObject({
        error: { service: 'bigquery', reasons: [{ reason: 'invalid', location: 'start_time' }] },
      });
      const stored = await harness.stored('session_id');
      expect(new Set(stored.flat())).toEqual(new Set(['s1', 's3', 's5']));
    });

    test('refuses a row that lacks a required cell', async () => {
      const [verdict] = await insert([row('s1', { exercise_type: null })]);
      expect(verdict).toMatchObject({ stored: false, error: { reasons: [{ reason: 'invalid' }] } });
    });

    test.each([
      [503, 'backendError'],
      [500, 'internalError'],
      [403, 'quotaExceeded'],
      [403, 'rateLimitExceeded'],
    ])(
      'answers a request that is refused as a whole (%i %s) with that verdict for every row',
      async (httpStatus, reason) => {
        harness.failNext('before', httpStatus, reason);
        const verdicts = await insert([row('s1'), row('s2')]);
        const refused = {
          stored: false,
          error: { service: 'bigquery', operation: 'insertAll', httpStatus, reasons: [{ reason }] },
        };
        expect(verdicts).toMatchObject([refused, refused]);
        await expect(harness.stored('session_id')).resolves.toEqual([]);
      },
    );

    test('cannot know that rows are stored when the answer is an error', async () => {
      harness.failNext('after', 503, 'backendError');
      const verdicts = await insert([row('s1')]);
      expect(verdicts).toMatchObject([{ stored: false, error: { httpStatus: 503 } }]);
      await expect(harness.stored('session_id')).resolves.toEqual([['s1']]);
    });

    test('makes one request of one call: it does not try again by itself', async () => {
      harness.failNext('before', 503, 'backendError');
      const first = await insert([row('s1')]);
      const second = await insert([row('s1')]);
      expect([first[0]?.stored, second[0]?.stored]).toEqual([false, true]);
    });

    test('says 404 of a table that is not there', async () => {
      const verdicts = await insertInto('no_such_table', [row('s1'), row('s2')]);
      expect(verdicts).toMatchObject([
        { stored: false, error: { httpStatus: 404, reasons: [{ reason: 'notFound' }] } },
        { stored: false, error: { httpStatus: 404, reasons: [{ reason: 'notFound' }] } },
      ]);
    });

    test('lets no value of a row into a verdict', async () => {
      const bad = [
        row(CANARY, { rep_count: CANARY }),
        row(CANARY, { start_time: { canary: CANARY } }),
        row(CANARY, { warnings: [CANARY, { [CANARY]: CANARY }] }),
        row(CANARY, { exercise_type: null, platform: CANARY }),
        row(CANARY, { duration: CANARY }),
      ];
      const verdicts = [...(await insert(bad)), ...(await insertInto('no_such_table', bad))];
      expect(verdicts.map(({ stored }) => stored)).toEqual(Array.from({ length: 10 }, () => false));
      expect(JSON.stringify(verdicts)).not.toContain(CANARY);
    });
  });
}
