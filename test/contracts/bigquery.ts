// Clients for a BigQuery at an address on this machine, built like those of functions/context.ts.
import { BigQuery } from '@google-cloud/bigquery';
import { createGoogleApi, type GoogleApi } from '../../functions/services/google-api.ts';

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

export function createLocalApi(port: number, token?: string): GoogleApi {
  return createGoogleApi({
    origin: `http://127.0.0.1:${port}`,
    authorization: async () => token,
    timeoutMs: 20_000,
  });
}
