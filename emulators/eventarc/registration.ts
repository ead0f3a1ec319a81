// A trigger as firebase-tools registers it with its Firestore emulator, in either generation.
// https://github.com/firebase/firebase-tools/blob/master/src/emulator/functionsEmulator.ts
import { z } from 'zod';
import type { FirestoreTrigger } from './trigger.ts';
import { fromV1Trigger, V1_EVENT, V1_RESOURCE } from './v1-trigger.ts';

export interface Registration {
  readonly project: string;
  /** `<region>-<name>-<generation>`; registering it again replaces it. */
  readonly key: string;
  /** The second generation, or the first. */
  readonly kind: 'eventarc' | 'v1';
  readonly definition: unknown;
}

const eventarcSchema = z.object({
  eventType: z.string().startsWith('google.cloud.firestore.document.v1.'),
  database: z.string(),
  namespace: z.string().default('(default)'),
  document: z.object({ value: z.string(), matchType: z.enum(['EXACT', 'PATH_PATTERN']) }),
});

const v1Schema = z.object({
  eventTrigger: z.object({ eventType: z.string().regex(V1_EVENT), resource: z.string().regex(V1_RESOURCE) }),
});

const REGION = /^[a-z]+-[a-z]+\d+(?=-)/;
/** As many as a function takes before it has more instances. */
const CONCURRENCY = 80;

/** `host` is the `HOST:PORT` that events are posted to. Undefined when the definition is of an unknown form. */
export function parseRegistration(registration: Registration, host: string): FirestoreTrigger | undefined {
  const { project, key } = registration;
  const wanted = registration.kind === 'v1' ? parseV1(registration) : parseEventarc(registration);
  return (
    wanted && {
      ...wanted,
      key,
      functionName: key,
      region: REGION.exec(key)?.[0] ?? 'us-central1',
      // The functions emulator answers with an error when a handler fails; it is not meant to see the event again.
      retry: false,
      concurrency: CONCURRENCY,
      url: `http://${host}/functions/projects/${project}/triggers/${encodeURIComponent(key)}`,
    }
  );
}

type Wanted = Pick<FirestoreTrigger, 'eventType' | 'database' | 'namespace' | 'document'>;

function parseEventarc({ definition }: Registration): Wanted | undefined {
  const { data } = eventarcSchema.safeParse(definition);
  return data && { ...data, document: data.document.value };
}

function parseV1({ definition }: Registration): Wanted | undefined {
  const { data } = v1Schema.safeParse(definition);
  return data && fromV1Trigger(data.eventTrigger.eventType, data.eventTrigger.resource);
}
