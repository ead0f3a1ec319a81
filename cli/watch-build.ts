// Tells when the built functions have changed: a build deletes and writes many files, so it waits until two looks in
// a row see the same, and a package.json, which a build writes last.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../emulators/shared/clock.ts';

const EVERY_MS = 400;

/** Returns how to stop it. */
export function watchBuild(dir: string, clock: Clock, onRebuild: () => void): () => void {
  let known = fingerprint(dir);
  let last = known;
  let cancel = clock.after(EVERY_MS, look);

  function look(): void {
    cancel = clock.after(EVERY_MS, look);
    const now = fingerprint(dir);
    const settled = now === last;
    last = now;
    if (!settled || now === known || !existsSync(path.join(dir, 'package.json'))) return;
    known = now;
    onRebuild();
  }

  return () => cancel();
}

/** Names, sizes and times of all files. A folder that is being deleted gives what is still there. */
function fingerprint(dir: string): string {
  try {
    return readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .toSorted()
      .map((name) => {
        const { size, mtimeMs } = statSync(path.join(dir, name));
        return `${name} ${size} ${mtimeMs}`;
      })
      .join('\n');
  } catch {
    return '';
  }
}
