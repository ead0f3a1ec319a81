// Sessions over the REST API, as the clients open and use them.
import { expect, test } from '@jest/globals';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();

interface Reply {
  readonly sessionInfo?: { readonly sessionId: string };
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[];
  readonly error?: { readonly code: number; readonly message: string };
}

async function query(sql: string, options: object = {}): Promise<Reply> {
  const response = await fetch(`${server.url}/bigquery/v2/projects/demo-test/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: sql, useLegacySql: false, ...options }),
  });
  return (await response.json()) as Reply;
}

test('temporary tables, variables and functions outlive a query of a session, until it is aborted', async () => {
  const opened = await query('CREATE TEMP TABLE kept AS SELECT 1 AS a', { createSession: true });
  const sessionId = opened.sessionInfo!.sessionId;
  const inSession = { connectionProperties: [{ key: 'session_id', value: sessionId }] };
  await query('DECLARE step INT64 DEFAULT 41', inSession);
  await query('CREATE TEMP FUNCTION next(x INT64) AS (x + 1)', inSession);
  const { rows, sessionInfo } = await query('SELECT a, next(step), @@session_id FROM kept', inSession);
  expect(rows?.[0]?.f.map(({ v }) => v)).toEqual(['1', '42', sessionId]);
  expect(sessionInfo).toEqual({ sessionId });

  expect((await query('SELECT a FROM kept')).error).toBeDefined();
  await query('CALL BQ.ABORT_SESSION()', inSession);
  expect((await query('SELECT a FROM kept', inSession)).error).toMatchObject({ code: 404 });
});
