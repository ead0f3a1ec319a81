import http from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { closeServer, listen } from '../../emulators/shared/http.ts';
import { createMetadataAuthorization, type Authorization } from './access-token.ts';

const MINUTE = 60_000;
let server: http.Server;
let authorize: Authorization;
let now: number;
let asked: { url: string | undefined; flavor: unknown }[];
let failures: number;

beforeEach(async () => {
  [now, asked, failures] = [0, [], 0];
  server = http.createServer(({ url, headers }, response) => {
    asked.push({ url, flavor: headers['metadata-flavor'] });
    if (failures-- > 0) return response.writeHead(503).end('not now');
    return response.end(`{"access_token":"t${asked.length}","expires_in":3600,"token_type":"Bearer"}`);
  });
  const port = await listen(server, 0);
  authorize = createMetadataAuthorization(`127.0.0.1:${port}`, () => now);
});
afterEach(() => closeServer(server));

test('the token of the default account is fetched once for all who ask, and kept', async () => {
  await expect(Promise.all([authorize(), authorize(), authorize()])).resolves.toEqual(
    Array(3).fill('Bearer t1'),
  );
  now += 55 * MINUTE;
  await expect(authorize()).resolves.toBe('Bearer t1');
  expect(asked).toEqual([
    { url: '/computeMetadata/v1/instance/service-accounts/default/token', flavor: 'Google' },
  ]);
});

test('it is fetched again before it expires', async () => {
  await authorize();
  now += 57 * MINUTE;
  await expect(authorize()).resolves.toBe('Bearer t2');
});

test('a server that fails is asked again, three times in all', async () => {
  failures = 2;
  await expect(authorize()).resolves.toBe('Bearer t3');
});

test('when there is no token to be had the call fails, and the next one asks anew', async () => {
  failures = 3;
  await expect(authorize()).rejects.toThrow('The metadata server gives no token');
  await expect(authorize()).resolves.toBe('Bearer t4');
});
