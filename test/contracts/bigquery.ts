// A BigQuery client for an address on this machine, built like the one of functions/context.ts.
import { BigQuery } from '@google-cloud/bigquery';

// An emulator asks for no credentials; without this the client looks for those of a Google machine.
process.env['METADATA_SERVER_DETECTION'] = 'none';

export function createBigQuery(port: number): BigQuery {
  process.env['BIGQUERY_EMULATOR_HOST'] = `http://127.0.0.1:${port}`;
  try {
    return new BigQuery({ projectId: 'demo-local', retryOptions: { autoRetry: false } });
  } finally {
    delete process.env['BIGQUERY_EMULATOR_HOST'];
  }
}
