// A small router over node:http for the emulators: templates instead of a framework, because Google's
// paths end in custom verbs (`…/tasks/t1:run`) that routers of frameworks do not know.
// It never decides what an error looks like: each service passes its own `onError`.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export const LOOPBACK = '127.0.0.1';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Values of the `{name}` parts of the route, URL-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A Buffer or string is sent as it is; anything else as JSON; undefined as an empty body. */
  readonly body?: unknown;
}

export interface Route {
  readonly method: string;
  /** `/queues/{queue}:pause`: `{x}` is one path segment, `{x=**}` the rest. The first match wins. */
  readonly path: string;
  readonly handle: (request: HttpRequest) => HttpReply | Promise<HttpReply>;
}

export interface RouterOptions {
  /** Turns whatever a handler threw into the service's own error form. */
  readonly onError: (error: unknown, request: HttpRequest) => HttpReply;
  /** Answers when no route matches. */
  readonly onNotFound: (request: HttpRequest) => HttpReply;
}

/** Thrown by a handler that wants the connection cut without an answer (a fault of kind `drop`). */
export class DropConnection extends Error {}

interface CompiledRoute {
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handle: Route['handle'];
}

function compile(route: Route): CompiledRoute {
  const names: string[] = [];
  const pattern = route.path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      const name = /^\{([^=}]+)(=\*\*)?\}$/.exec(part);
      if (!name) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(name[1]!);
      return name[2] ? '(.*)' : '([^/]+)';
    })
    .join('');
  return { method: route.method, pattern: new RegExp(`^${pattern}$`), names, handle: route.handle };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A request listener for `http.createServer` that serves the routes. */
export function createRouter(routes: readonly Route[], options: RouterOptions): http.RequestListener {
  const compiled = routes.map(compile);

  async function answer(request: HttpRequest): Promise<HttpReply> {
    for (const route of compiled) {
      if (route.method !== request.method) continue;
      const match = route.pattern.exec(request.path);
      if (!match) continue;
      const params = Object.fromEntries(route.names.map((name, i) => [name, decode(match[i + 1]!)]));
      return route.handle({ ...request, params });
    }
    return options.onNotFound(request);
  }

  return (req, res) => {
    void (async () => {
      const url = new URL(req.url ?? '/', 'http://loopback');
      const request: HttpRequest = {
        method: req.method ?? 'GET',
        path: url.pathname,
        params: {},
        query: url.searchParams,
        headers: req.headers,
        body: await readBody(req),
      };
      let reply: HttpReply;
      try {
        reply = await answer(request);
      } catch (error) {
        if (error instanceof DropConnection) {
          req.socket.destroy();
          return;
        }
        reply = options.onError(error, request);
      }
      send(res, reply);
    })().catch(() => req.socket.destroy()); // the client went away while its body was read
  };
}

/** The whole body, decompressed when the client sent it with `content-encoding: gzip`. */
export async function readBody(req: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return req.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

export function send(res: http.ServerResponse, reply: HttpReply): void {
  const { body } = reply;
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const payload = raw ? body : JSON.stringify(body);
  res.writeHead(reply.status ?? 200, {
    ...(raw ? {} : { 'content-type': 'application/json; charset=UTF-8' }),
    ...reply.headers,
  });
  res.end(payload);
}

/** Listens on loopback; port 0 picks a free one. Resolves to the port. Rejects with EADDRINUSE named. */
export function listen(server: http.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

export function closeServer(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
