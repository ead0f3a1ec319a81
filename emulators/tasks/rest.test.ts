// What Google's client does not show of REST: the forms of paths, bodies and errors.
import { expect, test } from '@jest/globals';
import { LOCATION, QUEUE, withTasks } from './testing/with-tasks.ts';

const running = withTasks('REST');

const post = (pathname: string, body: string) =>
  fetch(`http://127.0.0.1:${running.tasks.port}/${pathname === 'beta' ? 'v2beta2/x' : `v2/${pathname}`}`, {
    method: 'POST',
    body,
  });

test('the version may be left out of the path', async () => {
  const response = await fetch(`http://127.0.0.1:${running.tasks.port}/${QUEUE}`);
  expect(await response.json()).toMatchObject({ name: QUEUE });
});

test('a fault with a match hits the queue that it names', async () => {
  running.faults.add({ service: 'tasks', method: 'createTask', match: '/queues/other/', status: 503 });
  const response = await post(`${QUEUE}/tasks`, `{"task":{"httpRequest":{"url":"${running.worker.url}"}}}`);
  expect(response.status).toBe(200);
  expect((await post(`${LOCATION}/queues/other/tasks`, '{}')).status).toBe(503);
});

test('field names may be in snake_case', async () => {
  const task = { http_request: { url: running.worker.url, http_method: 'PUT', body: 'YQ==' } };
  const response = await post(`${QUEUE}/tasks`, JSON.stringify({ task, response_view: 'FULL' }));
  expect(await response.json()).toMatchObject({ httpRequest: { httpMethod: 'PUT', body: 'YQ==' } });
});

test.each([
  ['malformed JSON', `${QUEUE}/tasks`, '{"task": secret', 400, 'INVALID_ARGUMENT'],
  ['an unknown path', 'projects/p/nothing', '{}', 404, 'NOT_FOUND'],
  ['a field that the API does not have', `${QUEUE}/tasks`, '{"tusk":{}}', 400, 'INVALID_ARGUMENT'],
  ['a field of another type', `${QUEUE}/tasks`, '{"task":{"httpRequest":7}}', 400, 'INVALID_ARGUMENT'],
  ['an older version', 'beta', '{}', 501, 'UNIMPLEMENTED'],
  ['a buffered task', `${QUEUE}/tasks/a:buffer`, '{}', 501, 'UNIMPLEMENTED'],
])("%s is an error in Google's form", async (_, pathname, body, code, status) => {
  const response = await post(pathname, body);
  expect(response.status).toBe(code);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ error: { code, status, message: expect.any(String) } });
  expect(text).not.toContain('secret');
});
