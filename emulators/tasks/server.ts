// Cloud Tasks on loopback, gRPC and REST on one port: queues from queue.yaml and over the API, real HTTP dispatch.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { Socket } from 'node:net';
import type { Emulator, EmulatorOptions } from '../shared/emulator.ts';
import { createRouter, LOOPBACK } from '../shared/http.ts';
import type { OidcIssuer } from '../shared/oidc.ts';
import { listenShared } from '../shared/shared-port.ts';
import type { SharedPort } from '../shared/shared-port.ts';
import { dispatch } from './dispatch.ts';
import { functionQueueConfig } from './function-queue.ts';
import type { FunctionQueue } from './function-queue.ts';
import type { GrpcSide } from './grpc.ts';
import type { QueueConfig } from './queue-config.ts';
import { parseQueueYaml } from './queue-yaml.ts';
import { Queue } from './queue.ts';
import { Queues } from './queues.ts';
import { createRoutes, onError, onNotFound } from './rest.ts';
import type { Attempt, AttemptResult } from './task.ts';

/** Queues made over the API refuse a used name for about an hour; those of queue.yaml for up to nine days. */
const DEFAULT_TOMBSTONE_MS = 3_600_000;
/** "If you delete a queue, you must wait at least 3 days before creating a queue with the same name." */
const QUEUE_TOMBSTONE_MS = 3 * 86_400_000;

export interface TasksOptions extends EmulatorOptions {
  readonly project: string;
  readonly location: string;
  readonly issuer: OidcIssuer;
  /** Path of a queue.yaml whose queues exist from the start. */
  readonly queueYaml?: string;
  readonly tombstoneMs?: number;
  /** Sends tasks elsewhere than their url says, e.g. those for deployed functions to the local ones. */
  readonly resolveUrl?: (url: string) => string;
}

export interface TasksEmulator extends Emulator {
  /** Tasks that are not done, in all queues: waiting, scheduled for later or under way. */
  pendingCount(): number;
  /** Makes the queue of a task function; one that is there already, e.g. of queue.yaml, keeps its limits. */
  addFunction(task: TaskFunction): void;
}

export interface TaskFunction extends FunctionQueue {
  readonly name: string;
  readonly region: string;
  readonly url: string;
}

export async function startTasks(options: TasksOptions): Promise<TasksEmulator> {
  const { clock, faults, log } = options;
  const closing = new AbortController();

  const send = async (queueId: string, attempt: Attempt): Promise<AttemptResult> => {
    const { task } = attempt;
    const fault = await faults.take('tasks', 'dispatch', `${queueId}/tasks/${task.id} ${task.target.url}`);
    if (fault?.phase === 'before' && (fault.error || fault.drop)) return toResult(fault.error);
    const result = await dispatch(attempt, {
      queueId,
      issuer: options.issuer,
      // By the wall clock, also when the suite's is ahead: whoever verifies the token has no other.
      nowMs: Date.now(),
      resolveUrl: options.resolveUrl ?? ((url) => url),
      signal: closing.signal,
    });
    return fault?.phase === 'after' && (fault.error || fault.drop) ? toResult(fault.error) : result;
  };

  const functionUrls = new Map<string, string>();
  const createQueue = (name: string, config: QueueConfig): Queue => {
    const queueId = name.split('/').at(-1)!;
    return new Queue({
      config,
      clock,
      send: (attempt, done) => void send(queueId, attempt).then(done),
      newId: () => randomBytes(8).readBigUInt64BE().toString().padStart(20, '0'),
      tombstoneMs: options.tombstoneMs ?? DEFAULT_TOMBSTONE_MS,
      onDead: (task) =>
        log(`tasks: ${queueId}: task ${task.id} given up after ${task.dispatchCount} attempts`),
    });
  };
  const queues = new Queues({ clock, create: createQueue, tombstoneMs: QUEUE_TOMBSTONE_MS });

  if (options.queueYaml !== undefined) {
    const text = await readFile(options.queueYaml, 'utf8');
    for (const { name, ...config } of parseQueueYaml(text, options.queueYaml)) {
      queues.configure(`projects/${options.project}/locations/${options.location}/queues/${name}`, config);
    }
  }

  const context = { queues, clock, faults, defaultUrl: (name: string) => functionUrls.get(name) };
  const httpServer = http.createServer(createRouter(createRoutes(context), { onError, onNotFound }));
  const drop = (peer: string): void => shared?.drop(peer);
  // To load gRPC takes a tenth of a second, which nobody who speaks REST should wait for.
  let grpcSide: Promise<GrpcSide> | undefined;
  const injectHttp2 = (socket: Socket): void => {
    grpcSide ??= import('./grpc.ts').then(({ createGrpcSide }) => createGrpcSide(context, drop));
    void grpcSide.then((side) => side.inject(socket));
  };
  let shared: SharedPort | undefined;
  shared = await listenShared(options.port, httpServer, injectHttp2);
  const { port } = shared;

  return {
    name: 'tasks',
    host: LOOPBACK,
    port,
    pendingCount: () => queues.all().reduce((sum, queue) => sum + queue.size, 0),
    addFunction(task) {
      const name = `projects/${options.project}/locations/${task.region}/queues/${task.name}`;
      queues.configure(name, functionQueueConfig(task));
      functionUrls.set(name, task.url);
    },
    clear: async () => queues.clear(),
    async close() {
      for (const queue of queues.all()) queue.close();
      closing.abort();
      (await grpcSide)?.close();
      httpServer.closeAllConnections();
      await shared.close();
    },
  };
}

function toResult(error: { status: number } | undefined): AttemptResult {
  return error
    ? { kind: 'answered', status: error.status }
    : { kind: 'unreachable', reason: 'fault injected' };
}
