// A Firestore trigger of a function, and which changes it wants.
import type { DocumentChange } from './change.ts';
import { changedFields } from './event-data.ts';
import { compilePattern } from './path-pattern.ts';

export interface FirestoreTrigger {
  /** `<region>-<function>-0`, as in the path that its events are posted to. */
  readonly key: string;
  readonly functionName: string;
  readonly region: string;
  /** `google.cloud.firestore.document.v1.written`, `.created`, `.updated` or `.deleted`, also `.withAuthContext`. */
  readonly eventType: string;
  readonly database: string;
  readonly namespace: string;
  /** A path or a path pattern. */
  readonly document: string;
  /** Deliver again when the function fails. */
  readonly retry: boolean;
  /** Events under way at once. */
  readonly concurrency: number;
  readonly url: string;
  /** The function is of the 1st generation, which gets its events as JSON. */
  readonly firstGeneration?: boolean;
}

const PREFIX = 'google.cloud.firestore.document.v1.';
const AUTH_CONTEXT = '.withAuthContext';

export type ChangeKind = 'created' | 'updated' | 'deleted';

/** Undefined when the write changed nothing: neither document existed, or all fields stayed the same. */
export function kindOf({ before, after }: DocumentChange): ChangeKind | undefined {
  if (before && after) return changedFields(before, after).length > 0 ? 'updated' : undefined;
  if (after) return 'created';
  return before ? 'deleted' : undefined;
}

export function wantsAuthContext(trigger: FirestoreTrigger): boolean {
  return trigger.eventType.endsWith(AUTH_CONTEXT);
}

export interface TriggerMatcher {
  /** Database and path. Cheap: it reads neither document. */
  readonly concerns: (change: DocumentChange) => boolean;
  readonly wants: (kind: ChangeKind) => boolean;
}

export function compileTrigger(trigger: FirestoreTrigger): TriggerMatcher {
  const matchesPath = compilePattern(trigger.document);
  const wanted = trigger.eventType.replace(AUTH_CONTEXT, '').replace(PREFIX, '');
  return {
    concerns: (change) => change.database === trigger.database && matchesPath(change.path),
    wants: (kind) => wanted === 'written' || wanted === kind,
  };
}
