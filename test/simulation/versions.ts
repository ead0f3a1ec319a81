// Which write of the app a row speaks of.
import type { AppWrite } from './world/firestore.ts';

/**
 * The app's write that a row speaks of. Exception (docs/decisions/001): of content that came back (A, B, A) our own
 * late status about the first A may have moved the update time, which is then taken for the version's.
 */
export function versionAt(writes: readonly AppWrite[], updateTime: string): AppWrite | undefined {
  const last = writes.findLast((write) => write.updateTime <= updateTime);
  if (last?.updateTime === updateTime) return last;
  const cameBack = writes.some(
    (write) =>
      write !== last &&
      write.content?.n === last?.content?.n &&
      write.content?.completed === last?.content?.completed,
  );
  return cameBack ? last : undefined;
}
