// Sets the time of a suite ahead over its hub, as anybody would.
import type { Suite } from '../../emulators/suite.ts';

export async function advanceClock(suite: Suite, advanceMs: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${suite.ports.hub}/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceMs }),
  });
  if (!response.ok) throw new Error(`Cannot advance the clock: the hub answered ${response.status}`);
}
