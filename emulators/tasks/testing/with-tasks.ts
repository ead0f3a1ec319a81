// An emulator and Google's own client for each test, over the transport asked for, and workers to send tasks to.
import { mkdtemp, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { CloudTasksClient, v2beta3 } from '@google-cloud/tasks';
import * as grpc from '@grpc/grpc-js';
import { PassThroughClient } from 'google-auth-library';
import { systemClock } from '../../shared/clock.ts';
import { Faults } from '../../shared/faults.ts';
import { closeServer, listen, readBody } from '../../shared/http.ts';
import { createOidcIssuer } from '../../shared/oidc.ts';
import { startTasks } from '../server.ts';
import type { TasksEmulator } from '../server.ts';

export type Transport = 'REST' | 'gRPC';

export const LOCATION = 'projects/demo-local/locations/asia-northeast1';
/** Of the emulator's queue.yaml. */
export const QUEUE = `${LOCATION}/queues/from-yaml`;

const YAML = `
queue:
- name: from-yaml
  rate: 100/s
  retry_parameters:
    task_retry_limit: 3
    min_backoff_seconds: 0.01
    max_backoff_seconds: 0.05
`;

export interface Received {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Answers with the next of `statuses` (200 when they are used up) and remembers what came. */
export interface Worker {
  readonly url: string;
  readonly statuses: number[];
  /** What came, once there are as many. */
  requests(count: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

export interface Running {
  readonly tasks: TasksEmulator;
  readonly client: CloudTasksClient;
  readonly beta: v2beta3.CloudTasksClient;
  readonly worker: Worker;
  readonly faults: Faults;
}

export const issuer = createOidcIssuer();
export const logged: string[] = [];

/** What it returns is filled before each test. */
export function withTasks(transport: Transport): Running {
  const running = {} as { -readonly [Key in keyof Running]: Running[Key] };
  beforeEach(async () => {
    running.faults = new Faults();
    const dir = await mkdtemp(path.join(tmpdir(), 'tasks-'));
    await writeFile(path.join(dir, 'queue.yaml'), YAML);
    running.tasks = await startTasks({
      port: 0,
      faults: running.faults,
      clock: systemClock,
      log: (line) => logged.push(line),
      project: 'demo-local',
      location: 'asia-northeast1',
      issuer,
      queueYaml: path.join(dir, 'queue.yaml'),
    });
    running.worker = await startWorker();
    const options = clientOptions(transport, running.tasks.port);
    running.client = new CloudTasksClient(options);
    running.beta = new v2beta3.CloudTasksClient(options);
  });
  afterEach(async () => {
    await running.client.close();
    await running.beta.close();
    await running.worker.close();
    await running.tasks.close();
  });
  return running;
}

function clientOptions(
  transport: Transport,
  port: number,
): ConstructorParameters<typeof CloudTasksClient>[0] {
  const common = { apiEndpoint: '127.0.0.1', port, projectId: 'demo-local' };
  if (transport === 'gRPC') return { ...common, sslCreds: grpc.credentials.createInsecure() };
  return {
    ...common,
    fallback: true,
    protocol: 'http',
    // Jest's module sandbox cannot run the `import('node-fetch')` of gaxios; plain Node needs no such option.
    authClient: new PassThroughClient({ transporterOptions: { fetchImplementation: fetch } }),
  };
}

export async function startWorker(): Promise<Worker> {
  const received: Received[] = [];
  const statuses: number[] = [];
  const waiting: (() => void)[] = [];
  const server = http.createServer((req, res) => {
    void readBody(req).then((body) => {
      res.writeHead(statuses.shift() ?? 200).end();
      received.push({ headers: req.headers, body: body.toString() });
      for (const wake of waiting.splice(0)) wake();
    });
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}/work`,
    statuses,
    async requests(count) {
      while (received.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return received;
    },
    close: () => closeServer(server),
  };
}
