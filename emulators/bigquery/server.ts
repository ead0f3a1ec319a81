// The BigQuery emulator: REST v2 over HTTP, rows and SQL in DuckDB. This file only wires; what a method
// does stands in `methods/`.
import http from 'node:http';
import { systemClock } from '../shared/clock.ts';
import type { Emulator, EmulatorOptions } from '../shared/emulator.ts';
import type { Fault, Faults } from '../shared/faults.ts';
import { closeServer, createRouter, DropConnection, listen, LOOPBACK } from '../shared/http.ts';
import type { HttpRequest, Route } from '../shared/http.ts';
import { Catalog } from './catalog.ts';
import type { Context, Method } from './context.ts';
import { Engine } from './engine.ts';
import { ApiError, notImplemented, toReply } from './errors.ts';
import { readExport } from './export/read-export.ts';
import { writeExport } from './export/write-export.ts';
import { Jobs } from './jobs.ts';
import { METHODS, UNSUPPORTED } from './methods/index.ts';
import { Storage } from './storage.ts';
import { StreamingBuffer } from './streaming-buffer.ts';
import { loadParser } from './sql/translate.ts';
import { Uploads } from './uploads.ts';

export type BigQueryEmulator = Emulator & Required<Pick<Emulator, 'exportTo' | 'importFrom'>>;

export interface BigQueryOptions extends EmulatorOptions {
  /** DuckDB file that keeps everything; in memory without it. */
  readonly dataFile?: string;
  /** For how long DML refuses a table after rows were streamed into it. */
  readonly streamingBufferMs?: number;
}

export const DEFAULT_PORT = 9050;
const STREAMING_BUFFER_MS = 30 * 60_000;

export async function startBigQuery(options: BigQueryOptions): Promise<BigQueryEmulator> {
  const clock = options.clock ?? systemClock;
  const now = () => clock.now();
  const catalog = new Catalog(now);
  const engine = new Engine(options.dataFile ?? ':memory:');
  const streaming = new StreamingBuffer(now, options.streamingBufferMs ?? STREAMING_BUFFER_MS);
  const storage = new Storage(engine, catalog, options.dataFile !== undefined, now, (table, from, to) =>
    streaming.stored(table, from, to),
  );
  const jobs = new Jobs();
  let port = options.port;
  const origin = () => `http://${LOOPBACK}:${port}`;
  const context: Context = { catalog, storage, streaming, jobs, uploads: new Uploads(), clock, origin };

  const router = createRouter(
    METHODS.map((method) => route(method, context, options.faults)),
    { onError: (error) => toReply(error), onNotFound },
  );
  const server = http.createServer((request, response) => {
    request.url = withoutPrefix(request.url ?? '/');
    // Clients in Java cannot send PATCH: they send POST and say what they mean.
    request.method = String(request.headers['x-http-method-override'] ?? request.method);
    router(request, response);
  });
  try {
    await storage.open();
    port = await listen(server, options.port);
  } catch (error) {
    await storage.close();
    throw error;
  }
  options.log(`bigquery: ${origin()}`);
  warmUp(storage);

  return {
    name: 'bigquery',
    host: LOOPBACK,
    port,
    async clear() {
      await storage.clear();
      streaming.forget();
      jobs.clear();
    },
    exportTo: (dir) => writeExport(context, dir),
    importFrom: (dir) => readExport(context, dir),
    async close() {
      await closeServer(server);
      await storage.close();
    },
  };
}

/** Loads DuckDB and the parser behind the first requests' backs; whoever needs them first waits, and is told what fails. */
function warmUp(storage: Storage): void {
  void storage
    .use(async () => undefined)
    .then(loadParser)
    .catch(() => undefined);
}

/** Clients send `/projects/…`, `/bigquery/v2/projects/…` and, for files, `/upload/bigquery/v2/projects/…`. */
function withoutPrefix(url: string): string {
  return url.replace(/^(?:\/resumable)?(\/upload)?\/bigquery\/v2\//, '$1/');
}

function route(method: Method, context: Context, faults: Faults): Route {
  return {
    method: method.verb,
    path: method.path,
    async handle(request) {
      const fault = await faults.take('bigquery', method.name, request.path);
      if (fault?.phase === 'before') strike(fault);
      const reply = await method.handle(context, request);
      if (fault?.phase === 'after') strike(fault);
      return reply;
    },
  };
}

const FAULT_REASONS: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'authError',
  403: 'rateLimitExceeded',
  404: 'notFound',
  409: 'duplicate',
  429: 'rateLimitExceeded',
  500: 'internalError',
  503: 'backendError',
};

/** Does what the user asked for; a mere delay has been served already. */
function strike({ drop, error }: Fault): void {
  if (drop) throw new DropConnection();
  if (error)
    throw new ApiError(
      error.status,
      error.reason ?? FAULT_REASONS[error.status] ?? 'backendError',
      error.message,
    );
}

function onNotFound(request: HttpRequest) {
  const unsupported = UNSUPPORTED.find(([pattern]) => pattern.test(request.path));
  if (unsupported) return toReply(notImplemented(unsupported[1]));
  return toReply(new ApiError(404, 'notFound', `Not Found: ${request.method} ${request.path}`));
}
