// Cloud Tasks: how many tasks a second are taken over HTTP, and how many a queue hands out when nothing slows it.
//   node bench/emulators/tasks.ts
import { parseArgs } from 'node:util';
import { ManualClock, systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { createOidcIssuer } from '../../emulators/shared/oidc.ts';
import { DEFAULT_QUEUE_CONFIG } from '../../emulators/tasks/queue-config.ts';
import { Queue } from '../../emulators/tasks/queue.ts';
import { startTasks } from '../../emulators/tasks/server.ts';

const { values } = parseArgs({ options: { tasks: { type: 'string', default: '20000' } } });
const count = Number(values.tasks);
const CONNECTIONS = 32;

const tasks = await startTasks({
  port: 0,
  clock: systemClock,
  faults: new Faults(),
  log: () => undefined,
  project: 'demo-local',
  location: 'asia-northeast1',
  issuer: createOidcIssuer(),
});
const parent = 'projects/demo-local/locations/asia-northeast1';
const base = `http://127.0.0.1:${tasks.port}/v2/${parent}`;
const post = async (path: string, body: object) => {
  const response = await fetch(`${base}/${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`Cannot post to ${path}: ${await response.text()}`);
  await response.arrayBuffer();
};
await post('queues', { name: `${parent}/queues/bench` });
await post('queues/bench:pause', {});

const body = Buffer.alloc(300).toString('base64');
let next = 0;
await measure('createTask over HTTP', count, async () => {
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next++ < count) {
        await post('queues/bench/tasks', { task: { httpRequest: { url: 'http://127.0.0.1/', body } } });
      }
    }),
  );
});
await tasks.close();

const clock = new ManualClock();
const rateLimits = { ...DEFAULT_QUEUE_CONFIG.rateLimits, maxBurstSize: Infinity };
let id = 0;
const queue = new Queue({
  clock,
  config: { ...DEFAULT_QUEUE_CONFIG, rateLimits },
  send: (_, done) => done({ kind: 'answered', status: 200 }),
  newId: () => String(id++),
  tombstoneMs: 3_600_000,
});
const target = { url: 'http://127.0.0.1/', httpMethod: 'POST', headers: {}, body: Buffer.alloc(0) } as const;
await measure('add, dispatch and settle in the queue', count * 10, async () => {
  for (let i = 0; i < count * 10; i++) queue.add({ target, dispatchDeadlineMs: 600_000 });
});

async function measure(name: string, operations: number, run: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const rssMb = Math.round(process.memoryUsage.rss() / 1_048_576);
  process.stdout.write(
    `tasks: ${name}: ${Math.round(operations / seconds)} ops/s (${operations} in ${seconds.toFixed(1)} s), ${rssMb} MB\n`,
  );
}
