import http from 'node:http';
import { expect, test } from '@jest/globals';
import { closeServer, listen } from './http.ts';
import { findPortOwner } from './port-owner.ts';

test('the process that listens is named with its program, where the system tells', async () => {
  const server = http.createServer();
  const port = await listen(server, 0);
  const owner = { pid: process.pid, command: expect.stringMatching(/^node/) };
  expect(await findPortOwner(port)).toEqual(process.platform === 'linux' ? owner : undefined);
  await closeServer(server);
});

test('a free port has no owner', async () => {
  const server = http.createServer();
  const port = await listen(server, 0);
  await closeServer(server);
  expect(await findPortOwner(port)).toBeUndefined();
});
