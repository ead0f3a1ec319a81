// Stands before the local BigQuery and writes down each statement with the types of its parameters, as it comes over the
// wire: whatever client sent it. Changes nothing.
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { closeServer, listen, LOOPBACK } from '../../emulators/shared/http.ts';

/** A type as the REST API names it. */
export interface ParameterType {
  readonly type: string;
  readonly arrayType?: ParameterType | undefined;
  readonly structTypes?: readonly { readonly name: string; readonly type: ParameterType }[] | undefined;
}

export interface Parameter {
  readonly name: string;
  readonly parameterType: ParameterType;
}

export interface Recorded {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

const parameterType: z.ZodType<ParameterType> = z.object({
  type: z.string(),
  get arrayType() {
    return parameterType.optional();
  },
  get structTypes() {
    return z.array(z.object({ name: z.string(), type: parameterType })).optional();
  },
});

const statement = z
  .object({
    query: z.string(),
    useLegacySql: z.literal(false),
    queryParameters: z.array(z.object({ name: z.string(), parameterType })).default([]),
  })
  .transform(({ query, queryParameters }): Recorded => ({ sql: query, parameters: queryParameters }));

const job = z.object({ configuration: z.object({ query: statement.optional() }) });

export interface Recorder {
  readonly port: number;
  /** What was sent since the last time. */
  take(): readonly Recorded[];
  close(): Promise<void>;
}

/** `port`: of the local BigQuery. */
export async function startRecorder(port: number): Promise<Recorder> {
  let recorded: Recorded[] = [];
  const record = (url: string, body: Buffer) => {
    const { pathname } = new URL(url, 'http://localhost');
    if (pathname.endsWith('/queries')) recorded.push(statement.parse(JSON.parse(body.toString())));
    else if (pathname.endsWith('/jobs')) {
      const { query } = job.parse(JSON.parse(body.toString())).configuration;
      if (query) recorded.push(query);
    }
  };
  const server = http.createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url = '/', headers } = request;
      const body = await buffer(request);
      if (method === 'POST') record(url, body);
      const onward = http.request({ host: LOOPBACK, port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', (error) => response.destroy(error));
      onward.end(body);
    })().catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`Cannot record: ${String(error)}`);
    });
  });
  return {
    port: await listen(server, 0),
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    close: () => closeServer(server),
  };
}
