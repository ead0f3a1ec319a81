// What the functions say is kept here instead of printed, so that a test can search it.
import { format } from 'node:util';
import { afterAll } from '@jest/globals';

export const said: string[] = [];

for (const method of ['debug', 'info', 'log', 'warn', 'error'] as const) {
  console[method] = (...words: unknown[]) => void said.push(format(...words));
}

// The worker's own, and the same for the next test file.
const { stdout } = process;
const write = stdout.write.bind(stdout);
stdout.write = (text: string | Uint8Array) => {
  if (!String(text).startsWith('{"severity"')) return write(text);
  said.push(String(text));
  return true;
};
afterAll(() => {
  stdout.write = write;
});
