// Functions: how many events a second reach a function that does nothing, from the write in Firestore to its
// acknowledgement, and how many HTTP calls it answers. The host is a process of its own; the rest shares this one.
//
//   node bench/emulators/functions.ts
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { startSuite } from '../../emulators/suite.ts';
import { megabytes, perSecond, print } from './print.ts';

const DOCUMENTS = 10_000;
const PER_COMMIT = 500;
const CALLS_MS = 5_000;
const PARALLEL = 16;

/** As a build would leave them; without a library, so that only the host is measured. */
const MODULE = `
export const event = () => undefined;
event.__endpoint = {
  platform: 'gcfv2', region: ['r'],
  eventTrigger: {
    eventType: 'google.cloud.firestore.document.v1.written',
    eventFilters: { database: '(default)' },
    eventFilterPathPatterns: { document: 'items/{id}' },
  },
};
export const call = (request, response) => response.end();
call.__endpoint = { platform: 'gcfv2', region: ['r'], httpsTrigger: {} };
`;

const dir = await mkdtemp(path.join(tmpdir(), 'bench-'));
await writeFile(path.join(dir, 'package.json'), '{"type":"module"}');
await writeFile(path.join(dir, 'index.js'), MODULE);

const suite = await startSuite({
  ports: { firestore: 0, tasks: 0, functions: 0, hub: 0 },
  only: ['firestore', 'functions'],
  functionsDir: dir,
  functionsEnvDir: dir,
  queueYaml: false,
});
Object.assign(process.env, suite.env);
const db = new Firestore({ projectId: suite.project });
print('memory of the host, at the start', await hostMemory());

const startedAt = performance.now();
for (let first = 0; first < DOCUMENTS; first += PER_COMMIT) {
  const batch = db.batch();
  for (let i = first; i < first + PER_COMMIT; i++) batch.set(db.doc(`items/d${i}`), { n: i });
  await batch.commit();
}
await suite.idle();
print(
  `${DOCUMENTS} writes, until each event is acknowledged`,
  perSecond(DOCUMENTS, performance.now() - startedAt, 'events'),
);

const url = `http://127.0.0.1:${suite.ports.functions}/${suite.project}/r/call`;
const callsFrom = performance.now();
let calls = 0;
const worker = async (): Promise<void> => {
  while (performance.now() - callsFrom < CALLS_MS) {
    const response = await fetch(url);
    await response.arrayBuffer();
    calls++;
  }
};
await Promise.all(Array.from({ length: PARALLEL }, worker));
print('calls of an HTTP function', perSecond(calls, performance.now() - callsFrom, 'calls'));
print('memory of the host, at the end', await hostMemory());

await db.terminate();
await suite.close();
await rm(dir, { recursive: true });

async function hostMemory(): Promise<string> {
  const usage = await suite.functions.usage();
  return megabytes((usage?.process.rssMb ?? 0) * 2 ** 20);
}
