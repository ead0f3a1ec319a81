// Jobs as Google's own client makes, polls, lists and cancels them.
import { beforeEach, expect, test } from '@jest/globals';
import type { Dataset } from '@google-cloud/bigquery';
import { useTestServer } from '../test-client.ts';

const server = useTestServer();
let dataset: Dataset;

beforeEach(async () => {
  [dataset] = await server.client.createDataset('d');
});

const numbers = 'SELECT x FROM UNNEST(GENERATE_ARRAY(1, 25)) AS x ORDER BY x';

test('a query job keeps its labels, id and prefix, and is found again', async () => {
  const [job] = await server.client.createQueryJob({
    query: 'SELECT 1 AS one',
    jobPrefix: 'nightly-',
    labels: { team: 'a' },
  });
  expect(job.id).toMatch(/^nightly-/);
  expect(job.metadata.configuration.labels).toEqual({ team: 'a' });
  const [found] = await server.client.job(job.id!).getMetadata();
  expect(found).toMatchObject({
    status: { state: 'DONE' },
    configuration: { jobType: 'QUERY', query: { query: 'SELECT 1 AS one' } },
    statistics: { query: { statementType: 'SELECT' } },
  });
  expect((await job.getQueryResults())[0]).toEqual([{ one: 1 }]);
});

test('results come page by page, by hand and by itself', async () => {
  const [job] = await server.client.createQueryJob(numbers);
  const [first, next] = await job.getQueryResults({ maxResults: 10, autoPaginate: false });
  expect(first).toHaveLength(10);
  const [second] = await job.getQueryResults(next!);
  expect(second[0]).toEqual({ x: 11 });
  expect((await job.getQueryResults({ maxResults: 7 }))[0]).toHaveLength(7);
  const [late] = await job.getQueryResults({ startIndex: '20', autoPaginate: false } as object);
  expect(late).toHaveLength(5);
});

test('a job that fails shows errorResult, and its promise rejects', async () => {
  const jobId = 'fails';
  await expect(server.client.createQueryJob({ query: 'SELECT * FROM d.missing', jobId })).rejects.toThrow(
    'Not found: Table demo-test:d.missing',
  );
  const response = await fetch(`${server.url}/projects/demo-test/jobs/${jobId}`);
  expect(await response.json()).toMatchObject({
    status: { state: 'DONE', errorResult: { reason: 'notFound' }, errors: [{ reason: 'notFound' }] },
  });
  const job = server.client.job(jobId);
  await expect(job.promise()).rejects.toThrow('Not found: Table demo-test:d.missing');
  await expect(job.getQueryResults()).rejects.toMatchObject({ code: 404 });
});

test('the same job id twice is refused', async () => {
  await server.client.createQueryJob({ query: 'SELECT 1', jobId: 'mine' });
  await expect(server.client.createQueryJob({ query: 'SELECT 1', jobId: 'mine' })).rejects.toMatchObject({
    code: 409,
  });
});

test('jobs are listed by state, time and parent', async () => {
  await server.client.createQueryJob('SELECT 1');
  server.clock.advance(5000);
  const [script] = await server.client.createQueryJob('SELECT 1 AS a; SELECT 2 AS b;');
  const [recent] = await server.client.getJobs({ minCreationTime: String(server.clock.now()) } as object);
  expect(recent.map(({ id }) => id)).toEqual([script.id]);
  const [children] = await server.client.getJobs({ parentJobId: script.id! } as object);
  expect(children).toHaveLength(2);
  expect((await script.getMetadata())[0].statistics.numChildJobs).toBe('2');
  expect((await children[1]!.getQueryResults())[0]).toEqual([{ a: 1 }]);
  expect((await server.client.getJobs({ stateFilter: 'running' } as object))[0]).toHaveLength(0);
});

test('cancel and delete answer as the client expects', async () => {
  const [job] = await server.client.createQueryJob('SELECT 1');
  const [answer] = await job.cancel();
  expect(answer).toMatchObject({ kind: 'bigquery#jobCancelResponse' });
  await job.delete();
  expect(await job.exists()).toEqual([false]);
});

test('a destination table obeys its dispositions', async () => {
  const destination = dataset.table('out');
  await expect(
    server.client
      .createQueryJob({ query: 'SELECT 1 AS a', destination, createDisposition: 'CREATE_NEVER' })
      .then(([job]) => job.promise()),
  ).rejects.toThrow('Not found');
  const write = async (writeDisposition: string) => {
    const [job] = await server.client.createQueryJob({
      query: 'SELECT 1 AS a',
      destination,
      writeDisposition,
    });
    await job.promise();
    return (await destination.getRows())[0].length;
  };
  expect(await write('WRITE_EMPTY')).toBe(1);
  await expect(write('WRITE_EMPTY')).rejects.toThrow('Already Exists');
  expect(await write('WRITE_APPEND')).toBe(2);
  expect(await write('WRITE_TRUNCATE')).toBe(1);
});

test('a dry run makes no job and says what would be read', async () => {
  const [job, response] = await server.client.createQueryJob({ query: numbers, dryRun: true });
  expect(response).toMatchObject({ status: { state: 'DONE' }, configuration: { dryRun: true } });
  expect(job.metadata.statistics.query.schema.fields[0]).toMatchObject({ name: 'x', type: 'INTEGER' });
  expect((await server.client.getJobs())[0]).toHaveLength(0);
});

test('rows stream out', async () => {
  const rows: unknown[] = [];
  for await (const row of server.client.createQueryStream(numbers)) rows.push(row);
  expect(rows).toHaveLength(25);
});

test('the same requestId runs a statement once', async () => {
  await server.client.query('CREATE TABLE d.t (x INT64)');
  const send = async () => {
    const response = await fetch(`${server.url}/bigquery/v2/projects/demo-test/queries`, {
      method: 'POST',
      body: JSON.stringify({ query: 'INSERT INTO d.t (x) VALUES (1)', useLegacySql: false, requestId: 'r1' }),
    });
    return (await response.json()) as { jobReference: { jobId: string } };
  };
  expect((await send()).jobReference).toEqual((await send()).jobReference);
  expect((await server.client.query('SELECT COUNT(*) AS n FROM d.t'))[0]).toEqual([{ n: 1 }]);
});
