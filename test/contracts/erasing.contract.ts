// What the ports of an erasure promise: requests, tombstones, and the deletion of rows.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Row } from '../../functions/pipelines/pipeline.ts';
import { sessions } from '../../functions/pipelines/sessions.ts';
import type { Erasures } from '../../functions/services/erasures.ts';
import type { RowEraser } from '../../functions/services/row-eraser.ts';
import type { RowSink } from '../../functions/services/row-sink.ts';
import type { Tombstones } from '../../functions/services/tombstones.ts';
import {
  bounded,
  deleted,
  requested,
  verified,
  waiting,
  withRows,
  type Erasure,
} from '../../functions/steps/erasure.ts';

const START = Date.UTC(2026, 0, 1);
const minutes = (n: number) => new Date(START + n * 60_000);

export interface ErasuresHarness {
  /** On an empty collection. */
  readonly erasures: Erasures;
  close(): Promise<void>;
}

export function erasuresContract(name: string, create: () => Promise<ErasuresHarness>): void {
  describe(`requests of erasure: ${name}`, () => {
    let harness: ErasuresHarness;
    let erasures: Erasures;
    beforeEach(async () => {
      harness = await create();
      erasures = harness.erasures;
    });
    afterEach(() => harness.close());

    const first = requested('userId', '花子@example.com', minutes(0));

    test('are made once under a name', async () => {
      await expect(erasures.get('a')).resolves.toBeUndefined();
      await expect(erasures.add('a', first)).resolves.toBe(true);
      await expect(erasures.add('a', requested('userId', 'other', minutes(1)))).resolves.toBe(false);
      await expect(erasures.get('a')).resolves.toMatchObject({ name: 'a', erasure: first });
    });

    test('give back every state as it was put in', async () => {
      await erasures.add('a', first);
      const timed = bounded(first, minutes(0));
      const second = waiting(timed, minutes(0));
      const third = deleted(withRows(second, { sessions: 3 }), [1, 2], minutes(200));
      const states: readonly Erasure[] = [
        timed,
        second,
        third,
        verified(third, 48 * 3_600_000, minutes(215)),
      ];
      for (const next of states) {
        const stored = await erasures.get('a');
        await expect(erasures.replace(stored!, next)).resolves.toBe(true);
        await expect(erasures.get('a')).resolves.toMatchObject({ erasure: next });
      }
    });

    test('change only on the state that was read', async () => {
      await erasures.add('a', first);
      const seen = await erasures.get('a');
      await erasures.replace(seen!, bounded(first, minutes(0)));
      await expect(erasures.replace(seen!, bounded(first, minutes(30)))).resolves.toBe(false);
      await expect(erasures.get('a')).resolves.toMatchObject({ erasure: { until: minutes(60) } });
      const [due] = await erasures.due(minutes(1_000), 10);
      await expect(erasures.replace(due!, first)).resolves.toBe(true);
    });

    test('are due in the order of their times, and verified ones never', async () => {
      for (const [id, at] of [
        ['third', 30],
        ['first', 10],
        ['second', 20],
        ['later', 61],
      ] as const) {
        await erasures.add(id, requested('userId', id, minutes(at)));
      }
      await erasures.add('done', verified(first, 0, minutes(1)));
      const names = async (limit: number) =>
        (await erasures.due(minutes(60), limit)).map((stored) => stored.name);
      await expect(names(10)).resolves.toEqual(['first', 'second', 'third']);
      await expect(names(2)).resolves.toEqual(['first', 'second']);
      const latest = await erasures.latest(2);
      expect(latest.map((stored) => stored.name)).toEqual(['later', 'third']);
    });
  });
}

export interface TombstonesHarness {
  readonly tombstones: Tombstones;
  close(): Promise<void>;
}

export function tombstonesContract(name: string, create: () => Promise<TombstonesHarness>): void {
  describe(`tombstones: ${name}`, () => {
    let harness: TombstonesHarness;
    let tombstones: Tombstones;
    beforeEach(async () => {
      harness = await create();
      tombstones = harness.tombstones;
    });
    afterEach(() => harness.close());

    const names = ['a1'.repeat(32), 'b2'.repeat(32)];

    test('cover versions up to their time, under each of their names', async () => {
      await expect(tombstones.cover(names, '2026-01-01T00:00:00.000000Z')).resolves.toBe(false);
      await tombstones.set(names, minutes(60));
      for (const some of [names, names.slice(0, 1), names.slice(1), ['c3'.repeat(32), names[1]!]]) {
        await expect(tombstones.cover(some, '2026-01-01T00:59:59.999999Z')).resolves.toBe(true);
        await expect(tombstones.cover(some, '2026-01-01T01:00:00.001000Z')).resolves.toBe(false);
      }
      await expect(tombstones.cover(['c3'.repeat(32)], '2026-01-01T00:00:00.000000Z')).resolves.toBe(false);
    });

    test('never cover less than before', async () => {
      await tombstones.set(names, minutes(60));
      await tombstones.set(names.slice(0, 1), minutes(30));
      await expect(tombstones.cover(names.slice(0, 1), '2026-01-01T00:59:00.000000Z')).resolves.toBe(true);
      await tombstones.set(names.slice(0, 1), minutes(90));
      await expect(tombstones.cover(names.slice(0, 1), '2026-01-01T01:29:00.000000Z')).resolves.toBe(true);
    });

    test('take the latest time of twenty at once', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => tombstones.set(names, minutes(i))));
      await expect(tombstones.cover(names, '2026-01-01T00:19:00.000000Z')).resolves.toBe(true);
    });
  });
}

export interface RowEraserHarness {
  readonly rowSink: RowSink;
  readonly rowEraser: RowEraser;
  /** `user_id_hash` of all rows. */
  stored(): Promise<readonly unknown[]>;
  /** Pairs of pseudonyms: column, old, new. Undefined where there is no such table. */
  readonly pairs?: {
    add(pairs: readonly (readonly [string, string, string])[]): Promise<void>;
    /** Column and old pseudonym. */
    left(): Promise<readonly string[]>;
  };
  /** More time passes than rows are in the streaming buffer. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export function rowEraserContract(
  name: string,
  create: () => Promise<RowEraserHarness>,
  cells: Readonly<Record<string, unknown>>,
): void {
  describe(`the deletion of rows: ${name}`, () => {
    let harness: RowEraserHarness;
    beforeEach(async () => {
      harness = await create();
    });
    afterEach(() => harness.close());

    let inserts = 0;
    const insert = async (user: string, at: Date) => {
      const row = { ...cells, user_id_hash: user, session_id: String(++inserts) };
      const json = { ...row, source_updated_at: at.toISOString() } as unknown as Row;
      await expect(harness.rowSink.insert('sessions', { insertId: String(inserts), json })).resolves.toEqual({
        stored: true,
      });
    };
    const column = 'user_id_hash';
    const hanako = { cells: ['h1', 'h2'], until: minutes(60) };
    const taro = { cells: ['t1', 't2'], until: minutes(10) };
    const nobody = { cells: ['n1'], until: minutes(60) };
    beforeEach(async () => {
      for (const [user, at] of [
        ['h1', 0],
        ['h2', 60],
        ['h1', 61],
        ['t1', 5],
        ['t1', 11],
        ['x', 0],
      ] as const) {
        await insert(user, minutes(at));
      }
    });

    test('counts the rows of each, up to the time of each', async () => {
      const { rowEraser } = harness;
      await expect(rowEraser.count(sessions, column, [hanako, nobody, taro])).resolves.toEqual([2, 0, 1]);
    });

    test('refuses while one of the rows is in the streaming buffer, and then deletes nothing', async () => {
      const { rowEraser } = harness;
      await expect(rowEraser.remove(sessions, column, [nobody, taro])).resolves.toBe('streamed');
      await expect(harness.stored()).resolves.toHaveLength(6);
      await expect(rowEraser.remove(sessions, column, [nobody])).resolves.toBe('removed');
    });

    test('deletes these rows and no others, as often as it is asked', async () => {
      const { rowEraser } = harness;
      await harness.settle();
      for (let i = 0; i < 2; i++) {
        await expect(rowEraser.remove(sessions, column, [hanako, nobody, taro])).resolves.toBe('removed');
        expect(new Set(await harness.stored())).toEqual(new Set(['h1', 't1', 'x']));
      }
      await expect(rowEraser.count(sessions, column, [hanako, taro])).resolves.toEqual([0, 0]);
    });

    test('does not mind what is in the buffer of other people', async () => {
      await harness.settle();
      await insert('x', minutes(0));
      await expect(harness.rowEraser.remove(sessions, column, [hanako])).resolves.toBe('removed');
    });

    test('deletes what a rotation noted of them, and minds no table that is not there', async () => {
      const { rowEraser, pairs } = harness;
      await rowEraser.unlink(column, ['h1']);
      if (!pairs) return;
      await pairs.add([
        ['user_id_hash', 'h1', 'h2'],
        ['user_id_hash', 't1', 't2'],
        ['user_id_hash', 'x', 'y'],
        ['coach_id_hash', 'h1', 'h2'],
      ]);
      await rowEraser.unlink(column, ['h1', 't2', 'n1']);
      await expect(pairs.left()).resolves.toEqual(['coach_id_hash h1', 'user_id_hash x']);
    });

    test('knows how far the dataset travels in time', async () => {
      await expect(harness.rowEraser.timeTravelMs()).resolves.toBe(48 * 3_600_000);
    });
  });
}
