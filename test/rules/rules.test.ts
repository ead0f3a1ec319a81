// firestore.rules, row by row of the table, through clients that send tokens and not the owner's.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFirestore } from '../../emulators/firestore/server.ts';
import type { FirestoreEmulator } from '../../emulators/firestore/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import type { Client } from './clients.ts';
import { grpcClient, restClient } from './clients.ts';
import type { Row } from './table.ts';
import { TABLE } from './table.ts';

const ROOT = path.join(__dirname, '..', '..');
const RULES = readFileSync(path.join(ROOT, 'firestore.rules'), 'utf8');
const OFFICIAL = process.env['FIRESTORE_EMULATOR_HOST'];

const titleOf = ({ actor, title, expected }: Row): string =>
  `${actor.name} ${expected === 'allow' ? 'may: ' : 'may not: '}${title}`;

/** The rows whose answer is another than the table says. */
async function wrongRows(client: Client): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const row of TABLE) if ((await client.ask(row)) !== row.expected) wrong.push(titleOf(row));
  return wrong;
}

describe('firestore.rules, as the suite loads them,', () => {
  let emulator: FirestoreEmulator;
  beforeAll(async () => {
    const rules = { name: 'firestore.rules', content: RULES };
    emulator = await startFirestore({
      port: 0,
      faults: new Faults(),
      clock: systemClock,
      log: () => undefined,
      rules,
    });
  });
  afterAll(() => emulator.close());

  test.each(TABLE.map((row) => ({ ...row, whole: titleOf(row) })))('$whole', async (row) => {
    expect(await restClient(`127.0.0.1:${emulator.port}`).ask(row)).toBe(row.expected);
  });

  test('say the same over gRPC', async () => {
    const client = grpcClient(`127.0.0.1:${emulator.port}`);
    expect(await wrongRows(client)).toEqual([]);
    client.close();
  });
});

const whereAsked = OFFICIAL === undefined ? describe.skip : describe;
whereAsked('the official emulator (skipped unless FIRESTORE_EMULATOR_HOST names one)', () => {
  test('says the same of firestore.rules', async () => {
    const client = restClient(OFFICIAL!);
    await client.load(RULES);
    expect(await wrongRows(client)).toEqual([]);
  }, 120_000);
});

describe('the table', () => {
  test('has each row once', () => {
    const titles = TABLE.map(titleOf);
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
  });

  test('knows every field that the pipeline writes on a session, and so do the rules', () => {
    const source = readFileSync(path.join(ROOT, 'functions', 'services', 'documents.ts'), 'utf8');
    const written = new Set(source.match(/\bbigquerySync(?!\*)\w+/g));
    expect(written.size).toBeGreaterThan(3);
    for (const field of written) {
      expect(RULES).toContain(`'${field}'`);
      expect(TABLE.some(({ title }) => title === `adds ${field}`)).toBe(true);
    }
  });
});
