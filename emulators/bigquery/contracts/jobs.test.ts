// Jobs as Google's own client makes, polls, lists and cancels them.
import { beforeEach, describe, expect, test } from '@jest/globals';
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

test('statements in a transaction tell which one', async () => {
  const [script] = await server.client.createQueryJob(`CREATE TABLE d.t (x INT64);
    BEGIN TRANSACTION; INSERT INTO d.t VALUES (1); UPDATE d.t SET x = 2 WHERE x = 1; COMMIT TRANSACTION;`);
  const [children] = await server.client.getJobs({ parentJobId: script.id! } as object);
  const transactions = children.map(
    ({ metadata }) => metadata.statistics.transactionInfo?.transactionId as unknown,
  );
  expect(transactions).toEqual([expect.stringMatching(/^[0-9A-F]{32}$/), transactions[0], undefined]);
  expect(script.metadata.statistics).not.toHaveProperty('transactionInfo');
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

describe('where a job ran', () => {
  const get = async (id: string, location?: string) =>
    (await server.send('GET', `/jobs/${id}${location === undefined ? '' : `?location=${location}`}`)).status;

  test.each([
    ['the one it was told', 'EU', 'SELECT 1'],
    ['that of its data', undefined, 'SELECT * FROM tokyo.t'],
    ['that of what it made', undefined, 'CREATE TABLE tokyo.u (x INT64)'],
  ])('is %s', async (_, location, query) => {
    await server.client.createDataset('tokyo', { location: 'asia-northeast1' });
    await server.client.dataset('tokyo').createTable('t', { schema: 'x:INTEGER' });
    const [job] = await server.client.createQueryJob({ query, ...(location ? { location } : {}) });
    expect(job.metadata.jobReference.location).toBe(location ?? 'asia-northeast1');
  });

  test('is needed to find it again, but for the multi-regions; another place does not know it', async () => {
    const [far] = await server.client.createQueryJob({ query: 'SELECT 1', location: 'asia-northeast1' });
    const [near] = await server.client.createQueryJob({ query: 'SELECT 1', location: 'EU' });
    expect(await Promise.all([get(far.id!), get(far.id!, 'US'), get(far.id!, 'asia-northeast1')])).toEqual([
      404, 404, 200,
    ]);
    expect(await Promise.all([get(near.id!), get(near.id!, 'US'), get(near.id!, 'eu')])).toEqual([
      200, 404, 200,
    ]);
    await expect(server.client.job(near.id!, { location: 'US' }).cancel()).rejects.toMatchObject({
      code: 404,
    });
  });
});

test('null in a configuration is nothing', async () => {
  const { status, body } = await server.send('POST', '/jobs', {
    jobReference: { jobId: null, location: null },
    configuration: {
      labels: null,
      jobTimeoutMs: null,
      query: { query: 'SELECT 1', useLegacySql: false, destinationTable: null, timePartitioning: null },
    },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: { state: 'DONE' } });
  expect(body['status']).not.toHaveProperty('errorResult');
});

test('a job that was told to run elsewhere does not find the data', async () => {
  const location = 'asia-northeast1';
  await server.client.createDataset('tokyo', { location });
  await server.client.query('CREATE TABLE tokyo.t AS SELECT 1 AS x');
  const query = 'SELECT x FROM tokyo.t';
  expect((await server.client.query({ query, location }))[0]).toEqual([{ x: 1 }]);
  const refused = { errors: [expect.objectContaining({ reason: 'notFound' })] };
  await expect(server.client.query({ query, location: 'US' })).rejects.toMatchObject(refused);
  await expect(server.client.createQueryJob({ query, location: 'US' })).rejects.toMatchObject(refused);
  const far = server.client.dataset('tokyo', { location: 'US' }).table('t');
  await expect(far.createCopyJob(dataset.table('copy'))).rejects.toMatchObject(refused);
  await server.client
    .dataset('tokyo', { location })
    .table('t')
    .copy(server.client.dataset('tokyo').table('copy'));
});

test('the configuration comes back in the types of the API, whatever the client sent', async () => {
  const parameter = (type: string, value: unknown) => ({
    parameterType: { type },
    parameterValue: { value },
  });
  const { body } = await server.send('POST', '/jobs', {
    configuration: {
      jobTimeoutMs: 60000,
      query: {
        query: 'SELECT ?, ?',
        useLegacySql: false,
        maximumBytesBilled: 1000,
        queryParameters: [parameter('FLOAT64', 1.5), parameter('INT64', null)],
      },
    },
  });
  expect(body['configuration']).toMatchObject({
    jobTimeoutMs: '60000',
    query: {
      maximumBytesBilled: '1000',
      queryParameters: [parameter('FLOAT64', '1.5'), { parameterType: { type: 'INT64' } }],
    },
  });
});

test('a query that would read more than it may bill fails before it runs', async () => {
  await server.client.query('CREATE TABLE d.t AS SELECT x FROM UNNEST(GENERATE_ARRAY(1, 10)) AS x');
  const maximumBytesBilled = '1000';
  await expect(server.client.query({ query: 'SELECT x FROM d.t', maximumBytesBilled })).rejects.toMatchObject(
    {
      message: 'Query exceeded limit for bytes billed: 1000. 10485760 or higher required.',
      errors: [expect.objectContaining({ reason: 'bytesBilledLimitExceeded' })],
    },
  );
  await expect(
    server.client.query({ query: 'DELETE FROM d.t WHERE true', maximumBytesBilled }),
  ).rejects.toThrow('Query exceeded limit');
  expect(await server.rows('SELECT COUNT(*) AS n FROM d.t')).toEqual([{ n: 10 }]);
  await server.client.query({ query: 'SELECT 1', maximumBytesBilled });
  await server.client.query({ query: 'SELECT x FROM d.t', maximumBytesBilled: '10485760' });
});

test('a query tells what it read, in a plan of one stage', async () => {
  await server.client.query('CREATE TABLE d.t AS SELECT x FROM UNNEST(GENERATE_ARRAY(1, 10)) AS x');
  const [job] = await server.client.createQueryJob('SELECT x FROM d.t');
  const [{ statistics }] = await job.getMetadata();
  expect(statistics.totalBytesProcessed).toBe('80');
  expect(Number(statistics.finalExecutionDurationMs)).toBeGreaterThan(0);
  expect(statistics.query.queryPlan).toEqual([expect.objectContaining({ recordsWritten: '10' })]);
  expect(statistics.query.timeline).toHaveLength(1);
});

test('the dataset of anonymous results is shown as a table, holds tables of clients, and is in no list', async () => {
  const [job] = await server.client.createQueryJob({ query: 'SELECT 1 AS a UNION ALL SELECT 2' });
  const { datasetId, tableId } = (
    job.metadata as { configuration: { query: { destinationTable: { datasetId: string; tableId: string } } } }
  ).configuration.query.destinationTable;
  const results = server.client.dataset(datasetId);
  const [metadata] = (await results.table(tableId).getMetadata()) as unknown as [{ numRows: string }];
  expect(metadata.numRows).toBe('2');
  await results.createTable('kept', { schema: 'n:INTEGER' });
  await results.table('kept').insert([{ n: 1 }]);
  expect(await server.rows(`SELECT n FROM ${datasetId}.kept`)).toEqual([{ n: 1 }]);
  expect((await server.client.getDatasets())[0].map(({ id }) => id)).not.toContain(datasetId);
});
