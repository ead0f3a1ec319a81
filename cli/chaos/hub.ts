// What a chaos run asks of the suite's hub, as anybody would over HTTP.
import type { Suite } from '../../emulators/suite.ts';

/** Sets the time of the suite ahead. */
export async function advanceClock(suite: Suite, advanceMs: number): Promise<void> {
  await ask(suite, 'POST', '/clock', JSON.stringify({ advanceMs }));
}

/** While disabled, events are dropped: those that come and those that wait. */
export async function enableTriggers(suite: Suite, enabled: boolean): Promise<void> {
  await ask(suite, 'PUT', `/functions/${enabled ? 'enable' : 'disable'}BackgroundTriggers`);
}

async function ask({ ports }: Suite, method: string, path: string, body?: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${ports.hub}${path}`, {
    method,
    ...(body === undefined ? {} : { body }),
  });
  if (!response.ok) throw new Error(`The hub answered ${method} ${path} with ${response.status}`);
}
