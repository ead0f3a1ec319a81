// For tests: waiting for something that another process or socket brings about, with an end.
import { setTimeout as sleep } from 'node:timers/promises';

type Falsy = undefined | null | false;

/** Asks again and again until `condition` gives something, and resolves to that. Rejects after `patienceMs`. */
export async function until<T>(
  condition: () => T | Promise<T>,
  patienceMs = 60_000,
): Promise<Exclude<T, Falsy>> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const value = await condition();
    if (isSomething(value)) return value;
    if (Date.now() > end) throw new Error(`What is waited for did not happen within ${patienceMs} ms`);
    await sleep(10);
  }
}

function isSomething<T>(value: T): value is Exclude<T, Falsy> {
  return value !== undefined && value !== null && value !== false;
}
