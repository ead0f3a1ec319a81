// A deletion as a version of its document. Firestore gives it no update time, so it is the first moment after the last
// state that is known: newer than all that was, older than whatever is created in its place, and the same for whoever
// works it out. When it happened, as far as the event says, is kept in place of the content's hash.
import { nextMoment, toMicroseconds } from '../pipelines/fields.ts';
import type { DocumentVersion } from '../pipelines/pipeline.ts';
import { VersionTooOldError, type Keyring, type PseudonymKey } from './pseudonym-key.ts';

const MARK = 'deleted ';

/** `lastState`: its `updateTime`. `at`: the time of the event, if one told of it. */
export function deletionAfter(lastState: string, at?: string): DocumentVersion {
  const updateTime = nextMoment(lastState);
  const told = at !== undefined && RFC3339_UTC.test(at) ? toMicroseconds(at) : updateTime;
  // Events tell it in whole seconds, which may be before the last state.
  return { updateTime, contentHash: `${MARK}${told > updateTime ? told : updateTime}` };
}

/** When the document was deleted, RFC 3339 UTC with microseconds; undefined for a version that is no deletion. */
export function deletedAt({ contentHash }: DocumentVersion): string | undefined {
  return contentHash.startsWith(MARK) ? contentHash.slice(MARK.length) : undefined;
}

/** Since when a version is there to be sent: a deletion is younger than the state that it follows. */
export function isThereSince(version: DocumentVersion): string {
  return deletedAt(version) ?? version.updateTime;
}

/**
 * The key of a version. A deletion may be of a document that was last written before all keys began: its rows were
 * moved to the oldest one when the former was retired.
 */
export function keyOf(keyring: Keyring, version: DocumentVersion): PseudonymKey {
  try {
    return keyring.at(version.updateTime);
  } catch (error) {
    const [oldest] = keyring.all;
    if (!(error instanceof VersionTooOldError) || deletedAt(version) === undefined || !oldest) throw error;
    return oldest;
  }
}

const RFC3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
