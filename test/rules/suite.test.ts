// The local suite puts firestore.rules in force for everybody who does not send the owner's token.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { startSuite } from '../../emulators/suite.ts';
import type { Suite, SuiteOptions } from '../../emulators/suite.ts';
import { authorizationOf } from './clients.ts';

const PORTS = { firestore: 0, bigquery: 0, tasks: 0, functions: 0, hub: 0 };
const start = (options: SuiteOptions = {}): Promise<Suite> =>
  startSuite({ ports: PORTS, only: ['firestore'], functionsDir: false, ...options });

async function statusOf(suite: Suite, document: string, authorization?: string): Promise<number> {
  const root = `http://127.0.0.1:${suite.ports.firestore}/v1/projects/demo-local/databases/(default)/documents`;
  const headers: Record<string, string> = authorization ? { authorization } : {};
  return (await fetch(`${root}/${document}`, { headers })).status;
}

test('the suite governs clients by firestore.rules; servers are not asked', async () => {
  const suite = await start();
  const session = 'users/u1/sessions/s1';
  const [u1, u2] = ['u1', 'u2'].map((sub) => authorizationOf({ name: sub, claims: { sub } }));
  expect(await statusOf(suite, session, u1)).toBe(404);
  expect([await statusOf(suite, session, u2), await statusOf(suite, session)]).toEqual([403, 403]);
  expect(await statusOf(suite, 'bigquerySyncFailures/f1', u1)).toBe(403);
  expect(await statusOf(suite, 'bigquerySyncFailures/f1', 'Bearer owner')).toBe(404);
  await suite.close();
});

test('the suite takes another file, or none; one that does not compile stops it, with line and column', async () => {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'rules-')), 'app.rules');
  const statement = 'match /databases/{d}/documents { match /open/{id} { allow read; } }';
  await writeFile(file, `rules_version = '2';\nservice cloud.firestore { ${statement} }`);
  const open = await start({ firestoreRules: file });
  expect([await statusOf(open, 'open/x'), await statusOf(open, 'closed/x')]).toEqual([404, 403]);
  await open.close();

  const closed = await start({ firestoreRules: false });
  expect([await statusOf(closed, 'open/x'), await statusOf(closed, 'open/x', 'Bearer owner')]).toEqual([
    403, 404,
  ]);
  await closed.close();

  await writeFile(
    file,
    `rules_version = '2';\nservice cloud.firestore { ${statement.replace('read', 'reed')} }`,
  );
  await expect(start({ firestoreRules: file })).rejects.toThrow(
    /app\.rules:2:85: There is no such method as "reed"/,
  );
});
