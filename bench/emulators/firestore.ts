// Operations per second and memory of the Firestore emulator, through Google's own client, over a socket, with
// client and emulator in processes of their own. Ends after a minute or so.
//
//   node bench/emulators/firestore.ts [documents]
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { megabytes, perSecond, print } from './print.ts';

const DOCUMENTS = Number(process.argv[2] ?? 1_000_000);
const PER_COMMIT = 500;
const PARALLEL = 8;
const MEASURE_MS = 2_000;
/** What is not loaded by then is left out, and the figures say so. */
const MAX_LOAD_MS = 40_000;

const server = fork(path.join(import.meta.dirname, 'firestore-server.ts'), { stdio: 'inherit' });
const { port } = await answerOf<{ port: number }>(server);
process.env['FIRESTORE_EMULATOR_HOST'] = `127.0.0.1:${port}`;
const db = new Firestore({ projectId: 'demo-bench' });
const empty = await memory();
const { loaded, ms } = await load();
const full = await memory();
print(`load of ${loaded} documents, ${PER_COMMIT} a commit`, perSecond(loaded, ms, 'docs'));
print('memory, empty', megabytes(empty));
print(`memory, ${loaded} documents`, megabytes(full));
print('memory per document', `${Math.round((full - empty) / loaded)} bytes`);

const items = db.collection('items');
const random = (): number => Math.floor(Math.random() * loaded);
await timed('first query on a field (builds its index)', () => items.where('n', '==', 1).get());
await rate('get of one document', () => items.doc(`d${random()}`).get());
await rate('set of one document', () => items.doc(`d${random()}`).set({ n: -1, name: 'changed' }));
await rate('create of one document', () => db.collection('fresh').add({ n: 1 }));
await rate('transaction: get and update', () =>
  db.runTransaction(async (transaction) => {
    const doc = items.doc(`d${random()}`);
    await transaction.get(doc);
    transaction.update(doc, { n: -2 });
  }),
);
await rate('query: equality, 1 result', () => items.where('n', '==', random()).get());
await rate('query: range with order, limit 20', () =>
  items.where('n', '>', random()).orderBy('n').limit(20).get(),
);
await rate('query: equality on many, order by name, limit 20', () =>
  items.where('kind', '==', 3).limit(20).get(),
);
print('memory, at the end', megabytes(await memory()));

await db.terminate();
server.disconnect();

/** Small documents: a name, a number, a kind, a flag. */
async function load(): Promise<{ loaded: number; ms: number }> {
  const started = performance.now();
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < DOCUMENTS && performance.now() - started < MAX_LOAD_MS) {
      const first = next;
      next = Math.min(DOCUMENTS, first + PER_COMMIT);
      const batch = db.batch();
      for (let i = first; i < next; i++) {
        batch.set(db.doc(`items/d${i}`), { name: `name ${i}`, n: i, kind: i % 10, flag: i % 2 === 0 });
      }
      const size = next - first;
      await batch.commit();
      done += size;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return { loaded: done, ms: performance.now() - started };
}

async function rate(name: string, run: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  let count = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() - started < MEASURE_MS) {
      await run();
      count++;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  print(name, perSecond(count, performance.now() - started));
}

async function timed(name: string, run: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await run();
  print(name, `${Math.round(performance.now() - started)} ms`);
}

async function memory(): Promise<number> {
  server.send('memory');
  return (await answerOf<{ rss: number }>(server)).rss;
}

/** The casts are sound: the server sends what this program asks for, in turn. */
async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}
