// The HTTP side of the host: paths of the Firebase emulator in front, the functions framework behind, which runs
// each function as it does in the cloud.
import http from 'node:http';
import { cloudEvent, http as httpFunction } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { LOOPBACK, readBody, send } from '../shared/http.ts';
import { backendKey, backendPath, isCalledByName } from './backend.ts';
import type { Backend, ListedBackend } from './backend.ts';
import type { Discovered, Handler } from './discover.ts';
import { decodeEventBody } from './event-body.ts';
import { firstGeneration } from './first-generation.ts';
import { withLimits } from './limits.ts';
import type { Serve } from './limits.ts';
import { runAs } from './output.ts';
import { processUsage, UsageMeter } from './usage.ts';

export interface HostServerOptions {
  readonly project: string;
  readonly functions: ReadonlyMap<string, Discovered>;
  readonly log: (line: string) => void;
}

interface Service {
  readonly backend: Backend;
  readonly serve: Serve;
  readonly meter: UsageMeter;
}

const TRIGGER = /^\/functions\/projects\/([^/]+)\/triggers\/([^/]+)$/;
const FUNCTION = /^\/([^/]+)\/([^/]+)\/([^/]+)(\/.*)?$/;

export function createHostServer(options: HostServerOptions): http.Server {
  const services = [...options.functions].flatMap(([name, { backends, handler }]): Service[] => {
    const serve = createFramework(name, backends[0]!, handler, options.log);
    return backends.map((backend) => {
      const meter = new UsageMeter();
      return { backend, meter, serve: withLimits(backend, serve, meter, options.log) };
    });
  });
  const served = services.filter(({ backend }) => backend.trigger.kind !== 'unserved');
  const byKey = new Map(served.map((service) => [backendKey(service.backend), service]));
  const byPath = new Map(
    services
      .filter(({ backend }) => isCalledByName(backend))
      .map((service) => [`${service.backend.region}/${service.backend.name}`, service]),
  );

  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const trigger = TRIGGER.exec(url.pathname);
    const direct = FUNCTION.exec(url.pathname);
    if (url.pathname === '/backends') {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      send(response, { body: { process: processUsage(), backends: services.map((one) => list(one, port)) } });
    } else if (trigger) {
      const service = trigger[1] === options.project ? byKey.get(trigger[2]!) : undefined;
      if (service) void serveEvent(service, request, response);
      else notFound(request, response, `trigger "${trigger[2]}"`);
    } else {
      const service = direct?.[1] === options.project ? byPath.get(`${direct[2]}/${direct[3]}`) : undefined;
      if (service) {
        request.url = (direct?.[4] ?? '/') + url.search;
        service.serve(request, response);
      } else {
        notFound(request, response, `path "${url.pathname}"`);
      }
    }
  });

  const list = ({ backend, meter }: Service, port: number): ListedBackend => ({
    ...backend,
    key: backendKey(backend),
    url: `http://${LOOPBACK}:${port}${backendPath(backend, options.project)}`,
    usage: meter.usage,
  });

  const notFound = (request: http.IncomingMessage, response: http.ServerResponse, what: string) => {
    request.resume();
    const known = services.map(({ backend }) => backendPath(backend, options.project));
    send(response, { status: 404, body: { error: `No function at ${what}`, known } });
  };

  return server;
}

async function serveEvent(
  { backend, serve }: Service,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  if (backend.trigger.kind === 'firestore' && backend.generation === 2) {
    try {
      const body = decodeEventBody(await readBody(request));
      // The framework's parsers leave a request alone whose stream has been read.
      Object.assign(request, { body, rawBody: body });
    } catch {
      response.destroy(); // the sender went away
      return;
    }
  }
  request.url = '/';
  serve(request, response);
}

/** The framework's own server for one function; it never listens, requests are handed to it. */
function createFramework(
  name: string,
  { trigger, generation }: Backend,
  handler: Handler,
  log: (line: string) => void,
): Serve {
  const logged = async (run: () => unknown): Promise<unknown> => {
    try {
      return await runAs(name, run);
    } catch (error) {
      // The framework logs the error itself, but not whose it is.
      log(`${name}: threw ${error instanceof Error ? error.name : typeof error}`);
      throw error;
    }
  };
  const isEvent = trigger.kind === 'firestore' || trigger.kind === 'event';
  if (generation === 1 && (isEvent || trigger.kind === 'schedule')) {
    const run = firstGeneration(name, handler);
    httpFunction(name, (request, response) => logged(() => run(request, response)));
  } else if (isEvent) {
    cloudEvent(name, (event: unknown) => logged(() => handler(event as never)));
  } else {
    httpFunction(name, (request, response) => logged(() => handler(request as never, response as never)));
  }
  const server = getTestServer(name);
  return (request, response) => void server.emit('request', request, response);
}
