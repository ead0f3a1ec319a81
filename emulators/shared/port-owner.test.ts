import http from 'node:http';
import { expect, test } from '@jest/globals';
import { closeServer, listen } from './http.ts';
import { findPortOwner } from './port-owner.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('the process that listens is named with its program', async () => {
  const server = http.createServer();
  const port = await listen(server, 0);
  expect(await findPortOwner(port)).toEqual({ pid: process.pid, command: expect.stringMatching(/^node/) });
  await closeServer(server);
});

test('a free port has no owner', async () => {
  const server = http.createServer();
  const port = await listen(server, 0);
  await closeServer(server);
  expect(await findPortOwner(port)).toBeUndefined();
});
