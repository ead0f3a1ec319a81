// Firestore triggers in the words of the first generation of functions.
import type { FirestoreTrigger } from './trigger.ts';

export const V1_EVENT = /^providers\/cloud\.firestore\/eventTypes\/document\.(create|update|delete|write)$/;
export const V1_RESOURCE = /^projects\/[^/]+\/databases\/([^/]+)\/documents\/(.+)$/;

const KINDS: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  write: 'written',
};

/** What the trigger of the second generation would say. Undefined when it is no Firestore trigger. */
export function fromV1Trigger(
  eventType: string,
  resource: string,
): Pick<FirestoreTrigger, 'eventType' | 'database' | 'namespace' | 'document'> | undefined {
  const kind = V1_EVENT.exec(eventType)?.[1];
  const [, database, document] = V1_RESOURCE.exec(resource) ?? [];
  if (kind === undefined || database === undefined || document === undefined) return undefined;
  return {
    eventType: `google.cloud.firestore.document.v1.${KINDS[kind]}`,
    database,
    namespace: '(default)',
    document,
  };
}
