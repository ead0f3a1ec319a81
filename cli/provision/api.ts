// One of Google's REST APIs as the operator's tool calls it: JSON, with application default credentials, or without any
// where the local suite answers. It tries once: whoever provisions can do so again.
import { ApiError } from './part.ts';

export interface Api {
  /** Resolves to undefined when there is no such thing. */
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  patch(path: string, body: unknown): Promise<unknown>;
  put(path: string, body: unknown): Promise<unknown>;
  /** Our clock minus the service's, in ms, at the last answer; to the second, as HTTP tells the time. */
  readonly clockOffsetMs: number | undefined;
}

/** Headers that identify the caller: a token, and the project that pays for the call. */
export type Credentials = () => Promise<Record<string, string>>;

const TIMEOUT_MS = 30_000;

export function createApi(origin: string, credentials: Credentials): Api {
  let clockOffsetMs: number | undefined;

  async function call(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT',
    path: string,
    body?: unknown,
  ): Promise<unknown> {
    const headers = { ...(await credentials()), 'content-type': 'application/json' };
    const { host } = new URL(origin);
    const asked = `${method} ${host}${path.split('?')[0]}`;
    const sentAt = Date.now();
    const answer = await fetch(origin + path, {
      method,
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new ApiError(asked, 0, 'no answer', { cause: error });
    });
    const told = Date.parse(answer.headers.get('date') ?? '');
    // The service told the time somewhere between, and left out the fraction of the second.
    if (!Number.isNaN(told)) clockOffsetMs = (sentAt + Date.now()) / 2 - (told + 500);
    const text = await answer.text();
    if (answer.ok) return text === '' ? {} : parse(text);
    if (answer.status === 404 && method === 'GET') return undefined;
    throw new ApiError(asked, answer.status, readMessage(text));
  }

  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    put: (path, body) => call('PUT', path, body),
    get clockOffsetMs() {
      return clockOffsetMs;
    },
  };
}

/** Application default credentials, looked for when the first call is made. */
export function createCredentials(): Credentials {
  let auth: Promise<{ getRequestHeaders(): Promise<Headers> }> | undefined;
  const load = async () => {
    const { GoogleAuth } = await import('google-auth-library');
    return new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  };
  return async () => {
    const headers = (await (auth ??= load())).getRequestHeaders().catch((error: unknown) => {
      throw new Error(
        'There are no credentials to call Google with: run "gcloud auth application-default login"',
        { cause: error },
      );
    });
    return Object.fromEntries(await headers);
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Google's error form; of anything else nothing is repeated. */
function readMessage(text: string): string {
  const body = parse(text) as { error?: { message?: unknown } } | undefined;
  const message = body?.error?.message;
  return typeof message === 'string' ? message : 'without a message';
}
