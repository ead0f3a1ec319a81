// Cloud Tasks: how many tasks a second are taken through Google's own client over each transport, and how many a
// queue hands out when nothing slows it. Client and emulator share one process, so memory is that of both.
//
//   node bench/emulators/tasks.ts
import { CloudTasksClient } from '@google-cloud/tasks';
import { credentials } from '@grpc/grpc-js';
import { PassThroughClient } from 'google-auth-library';
import { ManualClock, systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { createOidcIssuer } from '../../emulators/shared/oidc.ts';
import { DEFAULT_QUEUE_CONFIG } from '../../emulators/tasks/queue-config.ts';
import { Queue } from '../../emulators/tasks/queue.ts';
import { startTasks } from '../../emulators/tasks/server.ts';
import { megabytes, perSecond, print } from './print.ts';

const MEASURE_MS = 5_000;
const PARALLEL = 32;
const IN_QUEUE = 200_000;
const LOCATION = 'projects/demo-local/locations/asia-northeast1';

// Google's library must not look for the metadata server of a cloud machine.
process.env['METADATA_SERVER_DETECTION'] = 'none';
const tasks = await startTasks({
  port: 0,
  clock: systemClock,
  faults: new Faults(),
  log: () => undefined,
  project: 'demo-local',
  location: 'asia-northeast1',
  issuer: createOidcIssuer(),
});
print('memory, empty', megabytes(process.memoryUsage.rss()));
const common = { apiEndpoint: '127.0.0.1', port: tasks.port, projectId: 'demo-local' };
const transports = {
  gRPC: new CloudTasksClient({ ...common, sslCreds: credentials.createInsecure() }),
  REST: new CloudTasksClient({
    ...common,
    fallback: true,
    protocol: 'http',
    authClient: new PassThroughClient(),
  }),
};
let taken = 0;
for (const [name, client] of Object.entries(transports)) {
  const parent = `${LOCATION}/queues/${name}`;
  await client.createQueue({ parent: LOCATION, queue: { name: parent } });
  await client.pauseQueue({ name: parent });
  const httpRequest = { url: 'http://127.0.0.1/', body: Buffer.alloc(300).toString('base64') };
  await rate(`createTask over ${name}`, async () => {
    await client.createTask({ parent, task: { httpRequest } });
    taken++;
  });
  await rate(`listTasks over ${name}, 100 of them`, async () => {
    await client.listTasks({ parent, pageSize: 100 }, { autoPaginate: false });
  });
  await client.close();
}
print(`memory, ${taken} tasks`, megabytes(process.memoryUsage.rss()));
await tasks.close();

let id = 0;
const queue = new Queue({
  clock: new ManualClock(),
  config: {
    ...DEFAULT_QUEUE_CONFIG,
    rateLimits: { ...DEFAULT_QUEUE_CONFIG.rateLimits, maxBurstSize: Infinity },
  },
  send: (_, done) => done({ kind: 'answered', status: 200 }),
  newId: () => String(id++),
  tombstoneMs: 3_600_000,
});
const target = { url: 'http://127.0.0.1/', httpMethod: 'POST', headers: {}, body: Buffer.alloc(0) } as const;
const startedAt = performance.now();
for (let i = 0; i < IN_QUEUE; i++) queue.add({ target, dispatchDeadlineMs: 600_000 });
print('queue alone: add, dispatch, settle', perSecond(IN_QUEUE, performance.now() - startedAt));

async function rate(name: string, run: () => Promise<void>): Promise<void> {
  await run();
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
