// What the tests start: the emulator on a free port with a clock moved by hand, and Google's own client.
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { BigQuery as Client } from '@google-cloud/bigquery';
import { BigQuery } from '@google-cloud/bigquery';
import { ManualClock } from '../shared/clock.ts';
import { Faults } from '../shared/faults.ts';
import type { BigQueryEmulator } from './server.ts';
import { startBigQuery } from './server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface TestServer {
  readonly emulator: BigQueryEmulator;
  readonly client: Client;
  readonly clock: ManualClock;
  readonly faults: Faults;
  readonly url: string;
  /** A request without the client's help; `path` is what follows the project. */
  send(
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** The rows of a query. */
  rows(query: string): Promise<unknown[]>;
}

export async function startTestServer(dataFile?: string): Promise<TestServer> {
  process.env['METADATA_SERVER_DETECTION'] = 'none';
  const clock = new ManualClock();
  const faults = new Faults(() => clock.now());
  const emulator = await startBigQuery({
    port: 0,
    clock,
    faults,
    log: () => undefined,
    ...(dataFile === undefined ? {} : { dataFile }),
  });
  const url = `http://127.0.0.1:${emulator.port}`;
  process.env['BIGQUERY_EMULATOR_HOST'] = url;
  const client = new BigQuery({ projectId: 'demo-test', autoRetry: false, maxRetries: 0 });
  return {
    emulator,
    client,
    clock,
    faults,
    url,
    async send(method, path, body, headers = {}) {
      const response = await fetch(`${url}/bigquery/v2/projects/demo-test${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      return { status: response.status, headers: response.headers, body: json };
    },
    rows: async (query) => (await client.query({ query }))[0] as unknown[],
  };
}

/** One server for the tests of a file; each begins with no data and no faults. */
export function useTestServer(): TestServer {
  const server: Partial<TestServer> = {};
  beforeAll(async () => {
    Object.assign(server, await startTestServer());
  });
  afterAll(() => server.emulator?.close());
  beforeEach(async () => {
    server.faults?.clear();
    await server.emulator?.clear();
  });
  // Complete before the first test runs.
  return server as TestServer;
}
