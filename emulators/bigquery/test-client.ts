// What the tests start: the emulator on a free port with a clock moved by hand, and Google's own client.
import type { BigQuery as Client } from '@google-cloud/bigquery';
import { BigQuery } from '@google-cloud/bigquery';
import { ManualClock } from '../shared/clock.ts';
import { Faults } from '../shared/faults.ts';
import type { BigQueryEmulator } from './server.ts';
import { startBigQuery } from './server.ts';

export interface TestServer {
  readonly emulator: BigQueryEmulator;
  readonly client: Client;
  readonly clock: ManualClock;
  readonly faults: Faults;
  readonly url: string;
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
  return { emulator, client, clock, faults, url };
}
