// Holds together what must agree: the document schema, the row, bigquery-schemas/sessions.json and the list of
// columns that the user asked for.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Timestamp } from 'firebase-admin/firestore';
import { expectedUserHash } from '../../cli/expected-pseudonym.ts';
import { FAKE_SCOPE, FAKE_SECRET } from '../../test/contracts/fakes/context.ts';
import { FULL_SESSION, legalSessions, MINIMAL_SESSION } from '../../test/contracts/session-documents.ts';
import { fits, readTableSchema } from '../../test/contracts/table-schema.ts';
import { parseDocument } from '../steps/parse-document.ts';
import { parseKeyring } from '../steps/pseudonym-key.ts';
import { pseudonymise } from '../steps/pseudonymise.ts';
import { toInsertRow } from '../steps/to-insert-row.ts';
import { toRfc3339 } from './fields.ts';
import { sessions } from './sessions.ts';

const table = readTableSchema(sessions.table);
const columns = table.schema.fields;
const key = parseKeyring(FAKE_SECRET, FAKE_SCOPE).active;
const now = new Date('2026-01-01T00:10:00.007Z');
const updateTime = '2026-01-01T00:05:00.000123Z';

/** The row as BigQuery gets it, after JSON. */
function rowOf(
  data: Record<string, unknown>,
  documentPath = 'users/u1/sessions/s1',
): Record<string, unknown> {
  const source = { path: documentPath, data, version: { updateTime, contentHash: 'c' } };
  const parsed = parseDocument(sessions, source);
  if (!parsed.ok) throw new Error(parsed.reason);
  const { json } = toInsertRow(sessions, source, pseudonymise(sessions, source, parsed.document, key), now);
  return JSON.parse(JSON.stringify(json)) as Record<string, unknown>;
}

describe('the columns', () => {
  // Seed 001, in its order; synced_at stands last in the table.
  const WANTED =
    `user_id_hash session_id exercise_type start_time end_time duration status rep_count set_count
    overall_score good_frames warning_frames error_frames warnings camera_position camera_resolution camera_fps
    total_frames processed_frames average_fps frame_drop_count average_confidence average_inference_time
    max_inference_time min_inference_time platform os_version device_model device_memory created_at synced_at`.split(
      /\s+/,
    );

  test('are the 31 that the user asked for, and two that the promises need', () => {
    expect(WANTED).toHaveLength(31);
    const names = columns.map(({ name }) => name);
    expect(names.filter((name) => WANTED.includes(name))).toEqual(WANTED);
    expect(names.filter((name) => !WANTED.includes(name))).toEqual([
      'source_updated_at',
      'pseudonym_key_version',
    ]);
  });

  test('are the keys of the row, in the same order', () => {
    expect(Object.keys(rowOf(FULL_SESSION))).toEqual(columns.map(({ name }) => name));
  });

  test('are all described, each in a sentence', () => {
    expect(table.description).toMatch(/\.$/);
    for (const { name, description } of columns)
      expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z].+\.$/s)]);
  });

  test('take every legal document: types and modes fit', () => {
    fc.assert(
      fc.property(legalSessions, (data) => {
        const row = rowOf(data);
        expect(columns.filter((column) => !fits(column, row[column.name])).map(({ name }) => name)).toEqual(
          [],
        );
        expect(Object.keys(row)).toEqual(columns.map(({ name }) => name));
      }),
      { numRuns: 500 },
    );
  });

  test('are required where every document has a value, and nullable elsewhere', () => {
    const row = rowOf(MINIMAL_SESSION);
    for (const { name, mode } of columns) {
      const wanted = Array.isArray(row[name]) ? 'REPEATED' : row[name] === null ? 'NULLABLE' : 'REQUIRED';
      expect([name, mode]).toEqual([name, wanted]);
    }
  });

  test('partition the table by a required time, and cluster it by the pseudonym', () => {
    const partitioning = columns.find(({ name }) => name === table.timePartitioning.field);
    expect(table.timePartitioning.type).toBe('DAY');
    expect(partitioning).toMatchObject({ type: 'TIMESTAMP', mode: 'REQUIRED' });
    expect(table.clustering.fields).toEqual(['user_id_hash']);
  });
});

describe('the view of the newest versions', () => {
  const view = readFileSync(
    path.join(__dirname, '..', '..', 'bigquery-schemas', 'views', 'sessions_latest.sql'),
    'utf8',
  );

  test('is keyed by columns that every row has, and ordered by the time of the source', () => {
    const keys = /PARTITION BY (.+)/.exec(view)![1]!.split(', ');
    const order = /ORDER BY (.+)/.exec(view)![1]!.split(', ');
    expect(keys).toEqual(['user_id_hash', 'session_id']);
    expect(order).toEqual(['source_updated_at DESC', 'synced_at DESC']);
    const used = [...keys, ...order.map((by) => by.split(' ')[0])];
    for (const name of used) expect(columns.find((column) => column.name === name)?.mode).toBe('REQUIRED');
  });
});

describe('the row', () => {
  test('has every part of the document in its column', () => {
    expect(rowOf(FULL_SESSION)).toEqual({
      user_id_hash: expectedUserHash(FAKE_SECRET, 'u1'),
      session_id: 's1',
      exercise_type: 'スクワット',
      start_time: '2026-01-01T00:00:00.123456Z',
      end_time: '2026-01-01T00:05:00.000001Z',
      duration: 300.5,
      status: 'completed',
      rep_count: 12,
      set_count: 3,
      overall_score: 87.5,
      good_frames: 240,
      warning_frames: 50,
      error_frames: 10,
      warnings: ['膝が内側に入っています', 'back rounded'],
      camera_position: 'front',
      camera_resolution: '1280x720',
      camera_fps: 29.97,
      total_frames: 300,
      processed_frames: 299,
      average_fps: 29.5,
      frame_drop_count: 1,
      average_confidence: 0.93,
      average_inference_time: 21.5,
      max_inference_time: 80.25,
      min_inference_time: 11,
      platform: 'iOS',
      os_version: '19.1',
      device_model: 'iPhone17,2',
      device_memory: 8,
      created_at: '2025-12-31T23:59:59.000000Z',
      source_updated_at: updateTime,
      pseudonym_key_version: 1,
      synced_at: '2026-01-01T00:10:00.007Z',
    });
  });

  const optionalColumns = columns.filter(({ mode }) => mode === 'NULLABLE').map(({ name }) => name);

  test('has NULL, never 0 or false, where the document has nothing', () => {
    const row = rowOf(MINIMAL_SESSION);
    for (const name of optionalColumns) expect([name, row[name]]).toEqual([name, null]);
    expect(row['warnings']).toEqual([]);
  });

  test('has NULL where the document says null, in parts or as a whole', () => {
    const nulls = { endTime: null, duration: null, repCount: null, setCount: null };
    const inner = {
      formFeedback: { overallScore: null, goodFrames: null, warnings: null },
      cameraSettings: { position: null, fps: null },
      sessionMetadata: { totalFrames: null, mediapipePerformance: null, deviceInfo: { platform: null } },
    };
    const outer = { formFeedback: null, cameraSettings: null, sessionMetadata: null };
    const bare = rowOf(MINIMAL_SESSION);
    expect(rowOf({ ...MINIMAL_SESSION, ...nulls, ...inner })).toEqual(bare);
    expect(rowOf({ ...MINIMAL_SESSION, ...nulls, ...outer })).toEqual(bare);
  });

  test('keeps zeros and empty texts as what they are', () => {
    const zero = (value: unknown): unknown => {
      if (value instanceof Timestamp || Array.isArray(value)) return value;
      if (typeof value === 'number') return 0;
      if (typeof value === 'string') return '';
      return Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, zero(inner)]));
    };
    const row = rowOf({ ...(zero(FULL_SESSION) as object), status: 'completed' });
    const empty = { STRING: '', INTEGER: 0, FLOAT: 0 } as const;
    for (const { name, type, mode } of columns) {
      if (mode !== 'NULLABLE' || type === 'TIMESTAMP') continue;
      expect([name, row[name]]).toEqual([name, empty[type as keyof typeof empty]]);
    }
    expect(row['exercise_type']).toBe('');
  });

  test.each([
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
    [5e-324, 5e-324],
    [-0, 0],
    [Number.MAX_VALUE, Number.MAX_VALUE],
  ])('has the number %d as BigQuery reads it', (duration, cell) => {
    expect(rowOf({ ...MINIMAL_SESSION, duration })['duration']).toBe(cell);
  });

  test('has times to the microsecond, also before 1970 and at the ends of what Firestore holds', () => {
    const cells = [
      [new Timestamp(1_767_225_600, 999_999_000), '2026-01-01T00:00:00.999999Z'],
      [new Timestamp(-1, 1_000), '1969-12-31T23:59:59.000001Z'],
      [new Timestamp(-62_135_596_800, 0), '0001-01-01T00:00:00.000000Z'],
      [new Timestamp(253_402_300_799, 999_999_000), '9999-12-31T23:59:59.999999Z'],
      [new Timestamp(0, 999), '1970-01-01T00:00:00.000000Z'],
    ] as const;
    for (const [startTime, cell] of cells)
      expect(rowOf({ ...MINIMAL_SESSION, startTime })['start_time']).toBe(cell);
  });

  test('has no field that the schema does not name, and no id but that of the path', () => {
    const CANARY = 'canary-7f3a';
    const unknown = fc.dictionary(
      fc.string().map((name) => `x${name}`),
      fc.constant(CANARY),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(legalSessions, unknown, (data, extra) => {
        const planted = {
          ...data,
          ...extra,
          sessionId: CANARY,
          session_id: CANARY,
          userId: CANARY,
          synced_at: CANARY,
          formFeedback: { ...(data['formFeedback'] as object), ...extra },
          sessionMetadata: { ...extra, deviceInfo: { ...extra, userName: CANARY } },
        };
        const row = rowOf(planted, 'users/u1/sessions/s-of-the-path');
        expect(JSON.stringify(row)).not.toContain(CANARY);
        expect(row['session_id']).toBe('s-of-the-path');
      }),
    );
  });

  test('of the same version differs in synced_at alone', () => {
    fc.assert(
      fc.property(legalSessions, (data) => {
        const source = { path: 'users/u1/sessions/s1', data, version: { updateTime, contentHash: 'c' } };
        const parsed = parseDocument(sessions, source);
        if (!parsed.ok) throw new Error(parsed.reason);
        const row = pseudonymise(sessions, source, parsed.document, key);
        const [a, b] = [now, new Date(now.getTime() + 1)].map((at) => toInsertRow(sessions, source, row, at));
        expect(a!.insertId).toBe(b!.insertId);
        expect({ ...a!.json, synced_at: '' }).toEqual({ ...b!.json, synced_at: '' });
        expect(a!.json['synced_at']).not.toBe(b!.json['synced_at']);
      }),
    );
  });

  test('of a path without the session is refused by the pseudonym, before any row is made', () => {
    expect(() => rowOf(MINIMAL_SESSION, 'users/u1')).toThrow('Cannot pseudonymise');
  });
});

test('times sort as text', () => {
  const micros = fc.tuple(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), fc.nat(999_999));
  fc.assert(
    fc.property(micros, micros, (a, b) => {
      const [x, y] = [a, b].map(([seconds, us]) => toRfc3339({ seconds, nanoseconds: us * 1000 }));
      expect(Math.sign(x! < y! ? -1 : Number(x! > y!))).toBe(Math.sign(a[0] - b[0] || a[1] - b[1]));
    }),
  );
});
