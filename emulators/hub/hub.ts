// The hub: one small HTTP API over the whole suite, for people with curl and for tests in other processes.
import http from 'node:http';
import { z, ZodError } from 'zod';
import type { Emulator } from '../shared/emulator.ts';
import { faultSpecSchema } from '../shared/faults.ts';
import type { Faults } from '../shared/faults.ts';
import { closeServer, createRouter, listen, LOOPBACK } from '../shared/http.ts';
import type { HttpReply, HttpRequest } from '../shared/http.ts';
import type { OidcIssuer } from '../shared/oidc.ts';
import type { ShiftedClock } from '../shared/shifted-clock.ts';

export interface HubOptions {
  readonly port: number;
  readonly project: string;
  /** The variables by which clients find the suite. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly faults: Faults;
  readonly issuer: OidcIssuer;
  readonly clock: ShiftedClock;
  /** What runs now. */
  readonly emulators: () => readonly (Emulator & { readonly pid?: number | undefined })[];
  readonly clear: () => Promise<void>;
  readonly pending: () => { readonly tasks: number; readonly events: number };
  readonly schedules: () => readonly string[];
  /** The status of the function's answer; undefined for an unknown schedule. */
  readonly runSchedule: (name: string) => Promise<number | undefined>;
  /** The new process id; undefined when the suite has no functions host. */
  readonly restartFunctions: () => Promise<number | undefined>;
  /** False when the suite has no functions host. While disabled, events and schedules reach no function. */
  readonly enableTriggers: (enabled: boolean) => boolean;
  /** Whether the function is one that is called over HTTP: nothing of the suite stands between it and its caller. */
  readonly isCalledOverHttp: (functionName: string) => boolean;
  /** Memory and calls of the functions; undefined when the suite has no functions host or it is away. */
  readonly functionsUsage: () => Promise<unknown>;
}

const clockSchema = z.strictObject({
  advanceMs: z
    .int()
    .min(0)
    .max(366 * 86_400_000),
});

export interface Hub {
  readonly name: 'hub';
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Clients of the official hub read the keys for an hour as well. */
const CERTS_HEADERS = { 'cache-control': 'public, max-age=3600' };

export async function startHub(options: HubOptions): Promise<Hub> {
  const { faults, issuer } = options;
  let port = 0;

  const list = (): HttpReply => {
    const all = [{ name: 'hub', host: LOOPBACK, port, pid: process.pid }, ...options.emulators()];
    return {
      body: Object.fromEntries(
        all.map(({ name, host, port: at, pid }) => [
          name,
          {
            name,
            host,
            port: at,
            ...(pid === undefined ? {} : { pid }),
            listen: [{ address: host, family: 'IPv4', port: at }],
          },
        ]),
      ),
    };
  };

  const showClock = (): HttpReply => ({
    body: { now: new Date(options.clock.now()).toISOString(), offsetMs: options.clock.offsetMs },
  });

  const routes = [
    { method: 'GET', path: '/', handle: list },
    { method: 'GET', path: '/emulators', handle: list },
    { method: 'GET', path: '/health', handle: () => ({ body: { status: 'ok' } }) },
    {
      method: 'GET',
      path: '/status',
      async handle() {
        const { tasks, events } = options.pending();
        const functions = await options.functionsUsage();
        return {
          body: {
            project: options.project,
            env: options.env(),
            schedules: options.schedules(),
            tasks: { pending: tasks },
            events: { pending: events },
            ...(functions === undefined ? {} : { functions }),
          },
        };
      },
    },
    {
      method: 'POST',
      path: '/clear',
      async handle() {
        await options.clear();
        return { body: {} };
      },
    },
    { method: 'GET', path: '/faults', handle: () => ({ body: { faults: faults.list() } }) },
    {
      method: 'POST',
      path: '/faults',
      handle(request: HttpRequest) {
        const spec = faultSpecSchema.parse(parseJson(request));
        if (spec.service === 'functions' && options.isCalledOverHttp(spec.method)) {
          throw new BadRequest(
            'method: faults of functions reach events and schedules, and this one is called over HTTP',
          );
        }
        return { body: { id: faults.add(spec) } };
      },
    },
    {
      method: 'DELETE',
      path: '/faults',
      handle() {
        faults.clear();
        return { body: {} };
      },
    },
    { method: 'GET', path: '/clock', handle: showClock },
    {
      method: 'POST',
      path: '/clock',
      handle(request: HttpRequest) {
        options.clock.advance(clockSchema.parse(parseJson(request)).advanceMs);
        return showClock();
      },
    },
    {
      method: 'GET',
      path: '/oidc/certs',
      handle: () => ({ headers: CERTS_HEADERS, body: issuer.pemCerts() }),
    },
    { method: 'GET', path: '/oidc/jwks', handle: () => ({ headers: CERTS_HEADERS, body: issuer.jwks() }) },
    {
      method: 'POST',
      path: '/functions/restart',
      async handle() {
        const pid = await options.restartFunctions();
        return pid === undefined ? error(404, 'No functions host runs in this suite') : { body: { pid } };
      },
    },
    ...(['enable', 'disable'] as const).map((verb) => ({
      // As the official hub has them: tests switch triggers off while they write their data.
      method: 'PUT',
      path: `/functions/${verb}BackgroundTriggers`,
      handle(): HttpReply {
        const enabled = verb === 'enable';
        return options.enableTriggers(enabled)
          ? { body: { enabled } }
          : { status: 400, body: { error: 'The Cloud Functions emulator is not running.' } };
      },
    })),
    {
      method: 'POST',
      path: '/schedules/{name}/run',
      async handle({ params }: HttpRequest) {
        const status = await options.runSchedule(params['name']!);
        if (status === undefined) {
          return error(404, `No such schedule; there are: ${options.schedules().join(', ') || 'none'}`);
        }
        return { status: status >= 200 && status < 300 ? 200 : 502, body: { status } };
      },
    },
  ];

  const server = http.createServer(
    createRouter(routes, {
      onError(thrown) {
        if (thrown instanceof BadRequest) return error(400, thrown.message);
        if (thrown instanceof ZodError) return error(400, describeIssues(thrown));
        return error(500, thrown instanceof Error ? thrown.message : 'Internal error');
      },
      onNotFound: ({ method, path }) =>
        error(
          404,
          `Nothing at ${method} ${path}; there is: ${routes.map((r) => `${r.method} ${r.path}`).join(', ')}`,
        ),
    }),
  );
  port = await listen(server, options.port);
  return { name: 'hub', host: LOOPBACK, port, close: () => closeServer(server) };
}

class BadRequest extends Error {}

function parseJson({ body }: HttpRequest): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    // The parser's message quotes the text; what was sent must not come back.
    throw new BadRequest('The body must be JSON');
  }
}

/** Fields and rules, never values. */
function describeIssues({ issues }: ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ');
}

function error(status: number, message: string): HttpReply {
  return { status, body: { error: { code: status, message } } };
}
