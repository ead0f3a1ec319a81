// Imported before the functions: the logger of firebase-functions keeps the console that it finds when it loads.
// What the functions say is kept here instead of printed, so that a test can search it.
import { format } from 'node:util';

export const said: string[] = [];

for (const method of ['debug', 'info', 'log', 'warn', 'error'] as const) {
  console[method] = (...words: unknown[]) => void said.push(format(...words));
}
