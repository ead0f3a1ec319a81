// One Google REST API: JSON over connections that are kept, with the instance's own token. It decides nothing and tries
// once; only a request that met a kept connection which the service had closed goes out again, on a new one. Google's
// messages quote what was sent: who calls takes codes from an answer, never words.
import type { RequestOptions } from 'node:https';
import { isNetworkCode } from './client-error.ts';
import { http, https } from './node-http.ts';

export interface GoogleApi {
  /** `path` begins with a slash; `body` is JSON. Rejects with a NoAnswer. */
  post(path: string, body: string): Promise<Answer>;
  get(path: string): Promise<Answer>;
  delete(path: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON; undefined when it is none. */
  readonly body: unknown;
  /** `Retry-After`, where the service sent it. */
  readonly retryAfterSeconds: number | undefined;
}

/** The request did not come back with an answer: refused, cut, too slow. Whether it had an effect, nobody knows. */
export class NoAnswer extends Error {
  /** `ECONNRESET`, `ETIMEDOUT`, … */
  readonly networkCode: string | undefined;
  /** The connection was one of before, and the service had closed it. */
  readonly wasClosed: boolean;

  constructor(networkCode: string | undefined, wasClosed = false) {
    super(`No answer: ${networkCode ?? 'unknown reason'}`);
    this.name = 'NoAnswer';
    this.networkCode = networkCode;
    this.wasClosed = wasClosed;
  }
}

export interface GoogleApiConfig {
  /** `https://bigquery.googleapis.com`, or an emulator's `http://127.0.0.1:9050`. */
  readonly origin: string;
  /** Value of the `Authorization` header. */
  readonly authorization: () => Promise<string | undefined>;
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number;
}

export function createGoogleApi({ origin, authorization, timeoutMs }: GoogleApiConfig): GoogleApi {
  const { protocol, hostname, port } = new URL(origin);
  const client = protocol === 'https:' ? https : http;
  const agent = new client.Agent({ keepAlive: true, scheduling: 'lifo' });

  async function call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: string): Promise<Answer> {
    const token = await authorization();
    const headers = {
      ...(token === undefined ? {} : { authorization: token }),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const options = { agent, hostname, port, method, path, headers };
    return send(options, body).catch((error: unknown) => {
      if (error instanceof NoAnswer && error.wasClosed) return send(options, body);
      throw error;
    });
  }

  function send(options: RequestOptions, body: string | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = client.request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            body: parse(Buffer.concat(chunks)),
            retryAfterSeconds: readSeconds(response.headers['retry-after']),
          });
        });
      });
      const timer = setTimeout(() => request.destroy(new NoAnswer('ETIMEDOUT')), timeoutMs);
      const fail = (error: Error) => {
        clearTimeout(timer);
        if (error instanceof NoAnswer) return reject(error);
        const code: unknown = Reflect.get(error, 'code');
        reject(
          new NoAnswer(isNetworkCode(code) ? code : undefined, request.reusedSocket && code === 'ECONNRESET'),
        );
      };
      request.on('error', fail);
      request.end(body);
    });
  }

  return {
    post: (path, body) => call('POST', path, body),
    get: (path) => call('GET', path),
    delete: (path) => call('DELETE', path),
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function readSeconds(header: string | undefined): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
