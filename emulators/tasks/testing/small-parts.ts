// Single parts, wired to nothing, for what is to be seen of each alone.
import { mkdtemp, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEventarc } from '../../eventarc/eventarc.ts';
import { startFunctions } from '../../functions/supervisor.ts';
import { ManualClock, systemClock } from '../../shared/clock.ts';
import { Faults } from '../../shared/faults.ts';
import { closeServer, listen, readBody } from '../../shared/http.ts';
import { createOidcIssuer } from '../../shared/oidc.ts';
import { DEFAULT_QUEUE_CONFIG } from '../queue-config.ts';
import { Queue } from '../queue.ts';
import { startTasks } from '../server.ts';
import type { TasksEmulator } from '../server.ts';
import type { AttemptResult } from '../task.ts';

export const NEW_TASK = {
  target: { url: 'http://127.0.0.1/', httpMethod: 'POST', headers: {}, body: Buffer.alloc(0) },
  dispatchDeadlineMs: 600_000,
} as const;

/** A queue whose tasks all end in the same way; `sent` are their ids. */
export function startQueue(result: AttemptResult) {
  const clock = new ManualClock();
  const sent: string[] = [];
  let id = 0;
  const queue = new Queue({
    clock,
    config: DEFAULT_QUEUE_CONFIG,
    send(attempt, done) {
      sent.push(attempt.task.id);
      done(result);
    },
    newId: () => String(id++),
    tombstoneMs: 0,
  });
  return { clock, sent, queue };
}

interface Queues {
  readonly tasks: TasksEmulator;
  readonly clock: ManualClock;
  readonly call: (method: string, pathname: string, body?: object) => Promise<unknown>;
}

export async function withQueues(run: (running: Queues) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const queueYaml = path.join(await mkdtemp(path.join(tmpdir(), 'tasks-')), 'queue.yaml');
  await writeFile(
    queueYaml,
    'queue:\n- {name: from-yaml, rate: 1/s, retry_parameters: {task_retry_limit: 3}}\n',
  );
  const tasks = await startTasks({
    port: 0,
    clock,
    faults: new Faults(),
    log: () => undefined,
    project: 'demo-local',
    location: 'asia-northeast1',
    issuer: createOidcIssuer(),
    queueYaml,
  });
  const call: Queues['call'] = async (method, pathname, body) => {
    const url = `http://127.0.0.1:${tasks.port}/v2/${pathname}`;
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    return (await fetch(url, init)).json();
  };
  try {
    await run({ tasks, clock, call });
  } finally {
    await tasks.close();
  }
}

interface Events {
  readonly eventarc: ReturnType<typeof createEventarc>;
  readonly server: http.Server;
  /** Bytes of the events that came. */
  readonly sizes: number[];
  /** A document of so many bytes. */
  readonly publish: (bytes: number) => void;
}

export async function withEvents(run: (events: Events) => Promise<void>): Promise<void> {
  const sizes: number[] = [];
  const server = http.createServer((req, res) => {
    void readBody(req).then((body) => {
      sizes.push(body.length);
      res.end();
    });
  });
  const url = `http://127.0.0.1:${await listen(server, 0)}/`;
  const eventarc = createEventarc({
    project: 'p',
    clock: systemClock,
    faults: new Faults(),
    log: () => undefined,
  });
  const place = { database: '(default)', namespace: '(default)', document: 'users/{id}' };
  const eventType = 'google.cloud.firestore.document.v1.written';
  const limits = { retry: true, concurrency: 1 };
  eventarc.setTriggers([{ key: 'k', functionName: 'f', region: 'r', eventType, url, ...place, ...limits }]);
  const publish = (bytes: number) =>
    eventarc.publish([
      {
        project: 'p',
        database: '(default)',
        path: 'users/u1',
        after: Buffer.alloc(bytes),
        commitTime: { seconds: 1, nanos: 0 },
      },
    ]);
  try {
    await run({ eventarc, server, sizes, publish });
  } finally {
    eventarc.close();
    await closeServer(server);
  }
}

interface Functions {
  readonly host: Awaited<ReturnType<typeof startFunctions>>;
  readonly dir: string;
  readonly logged: readonly string[];
  readonly ask: (name: string) => Promise<string>;
}

export async function withFunctions(run: (functions: Functions) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'host-'));
  const logged: string[] = [];
  await writeFile(path.join(dir, 'package.json'), '{"type":"module"}');
  await writeFile(
    path.join(dir, 'index.js'),
    `import { writeFileSync } from 'node:fs';
    const endpoint = { platform: 'gcfv2', region: ['r'], httpsTrigger: {} };
    export const owner = (request, response) => response.end();
    owner.__endpoint = { ...endpoint, secretEnvironmentVariables: [{ key: 'THE_SECRET' }] };
    export const hasSecret = (request, response) => response.end(String('THE_SECRET' in process.env));
    hasSecret.__endpoint = endpoint;
    export const late = (request, response) => {
      response.on('close', () => { setImmediate(() => { throw new Error('thrown late'); }); });
      response.end();
    };
    late.__endpoint = { ...endpoint, availableMemoryMb: 1 };
    export const slow = (request, response) => {
      response.on('close', () => writeFileSync(${JSON.stringify(path.join(dir, 'went-on'))}, ''));
    };
    slow.__endpoint = { ...endpoint, timeoutSeconds: 1 };`,
  );
  const host = await startFunctions({
    port: 0,
    clock: systemClock,
    log: (line) => logged.push(line),
    project: 'demo-local',
    dir,
    envDir: dir,
    env: () => ({}),
    onReady: () => undefined,
  });
  const ask = async (name: string) =>
    (await fetch(`http://127.0.0.1:${host.port}/demo-local/r/${name}`)).text();
  try {
    await run({ host, dir, logged, ask });
  } finally {
    await host.close();
  }
}
