// The insert stage alone, in a process of its own: ready rows, 500 at a time, to BigQuery.
//   node insert.js floor           serialises them and posts them with node:http: the least that this can cost
//   node insert.js <dist folder>   gives each to the row sink of the built functions
// Over IPC: { table, rows }, answered by { cpuMsPerRow }.
import { once } from 'node:events';
import http from 'node:http';

interface Row {
  readonly insertId: string;
  readonly json: object;
}

interface RowSink {
  insert(table: string, row: Row): Promise<{ readonly stored: boolean }>;
}

const AT_ONCE = 500;
const project = process.env['GCLOUD_PROJECT']!;
const dataset = 'analytics_production';
const origin = process.env['BIGQUERY_EMULATOR_HOST']!;
const send = process.argv[2] === 'floor' ? createFloor() : await createOurs(process.argv[2]!);

process.on('message', (message: unknown) => {
  if (typeof message !== 'object' || message === null || !('rows' in message)) return;
  const { table, rows } = message as { table: string; rows: Row[] };
  void insertAll(table, rows).then((cpuMsPerRow) => process.send!({ cpuMsPerRow }));
});
process.channel?.ref(); // the probe let go of it
process.send!({ ready: true });

async function insertAll(table: string, rows: readonly Row[]): Promise<number> {
  const before = process.cpuUsage();
  for (let from = 0; from < rows.length; from += AT_ONCE) await send(table, rows.slice(from, from + AT_ONCE));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / rows.length;
}

function createFloor() {
  const agent = new http.Agent({ keepAlive: true });
  return async (table: string, rows: readonly Row[]) => {
    const body = `{"rows":[${rows.map((row) => JSON.stringify(row)).join(',')}]}`;
    const url = `${origin}/bigquery/v2/projects/${project}/datasets/${dataset}/tables/${table}/insertAll`;
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = http.request(url, { method: 'POST', agent, headers }).end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const answer = Buffer.concat(await response.toArray()).toString('utf8');
    if (response.statusCode !== 200 || answer.includes('insertErrors')) throw new Error(answer);
  };
}

async function createOurs(dist: string) {
  const { createGoogleApi } = await import(`${dist}/services/google-api.js`);
  const { createRowSink } = await import(`${dist}/services/row-sink.js`);
  const api = createGoogleApi({ origin, authorization: async () => undefined, timeoutMs: 20_000 });
  const sink: RowSink = createRowSink(api, { project, dataset });
  return async (table: string, rows: readonly Row[]) => {
    const verdicts = await Promise.all(rows.map((row) => sink.insert(table, row)));
    if (verdicts.some(({ stored }) => !stored)) throw new Error('A row was refused');
  };
}
