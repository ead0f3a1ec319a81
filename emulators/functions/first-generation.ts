// Event and schedule functions of the first generation: called with `(data, context)`, from a JSON body that holds
// both. https://cloud.google.com/functions/1stgendocs/writing/write-event-driven-functions
import { randomUUID } from 'node:crypto';
import type { Request, Response } from '@google-cloud/functions-framework';
import type { Handler } from './discover.ts';

interface Context {
  readonly eventId: string;
  readonly timestamp: string;
  readonly eventType: string;
  readonly resource: string | { readonly service: string; readonly name: string };
}

interface Body {
  readonly data?: unknown;
  readonly context?: Partial<Context>;
}

export function firstGeneration(
  name: string,
  handler: Handler,
): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    const { data = {}, context = {} } = (request.body ?? {}) as Body;
    // A schedule posts no body: for its function it is a message of a topic of its own.
    const defaults: Context = {
      eventId: randomUUID(),
      timestamp: new Date().toISOString(),
      eventType: 'google.pubsub.topic.publish',
      resource: { service: 'pubsub.googleapis.com', name: `projects/-/topics/firebase-schedule-${name}` },
    };
    await handler(data as never, withResource({ ...defaults, ...context }) as never);
    response.status(204).end();
  };
}

/** Events of the oldest types (`providers/…`) name their resource by a mere text. */
function withResource(context: Context): Context {
  const { eventType, resource } = context;
  return eventType.startsWith('providers/') && typeof resource === 'object'
    ? { ...context, resource: resource.name }
    : context;
}
