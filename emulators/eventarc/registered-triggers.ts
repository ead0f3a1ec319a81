// The triggers that firebase-tools' functions emulator registers, and the delivery of their events to it in the
// form in which it takes them. Unlike the triggers of our own functions they come one by one, are never taken
// back, and end when the functions emulator no longer knows them.
import type { Clock } from '../shared/clock.ts';
import type { DocumentChange } from './change.ts';
import { toCloudEvent } from './cloud-event.ts';
import type { CloudEvent } from './cloud-event.ts';
import { Delivery } from './delivery.ts';
import type { DeliveryResult } from './delivery.ts';
import type { Registration } from './registration.ts';
import { parseRegistration } from './registration.ts';
import { createEventSender } from './send-event.ts';
import { compileTrigger, kindOf } from './trigger.ts';
import type { FirestoreTrigger, TriggerMatcher } from './trigger.ts';
import { toV1Event } from './v1-event.ts';

export interface RegisteredTriggersOptions {
  /** `HOST:PORT` of the functions emulator. */
  readonly functionsEmulator: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

export interface RegisteredTriggers {
  register(registration: Registration): void;
  publish(changes: readonly DocumentChange[]): void;
  /** Keys of the triggers that are alive. */
  keys(): readonly string[];
  close(): void;
}

interface Subscription {
  readonly registration: Registration;
  readonly trigger: FirestoreTrigger;
  readonly matcher: TriggerMatcher;
  readonly delivery: Delivery<CloudEvent>;
}

/** While the functions emulator is away, as it is while it restarts. */
const RETRY = { minMs: 200, maxMs: 5_000, maxAgeMs: 3_600_000 };

export function createRegisteredTriggers(options: RegisteredTriggersOptions): RegisteredTriggers {
  const { functionsEmulator, clock, log } = options;
  const sender = createEventSender();
  const subscriptions = new Map<string, Subscription>();

  function deliver(id: string, trigger: FirestoreTrigger): Delivery<CloudEvent> {
    const delivery = new Delivery<CloudEvent>({
      clock,
      retryPolicy: RETRY,
      send: (event, done) =>
        void sender.send(trigger.url, event).then((result) => {
          done(result);
          if (isGone(result)) drop(id, delivery);
        }),
      onDropped: (_, result) => log(`eventarc: ${trigger.key}: event dropped (${result.kind})`),
      onSettled: () => undefined,
    });
    delivery.configure({ concurrency: trigger.concurrency, retry: trigger.retry });
    return delivery;
  }

  /** Only that very registration: the key may have been registered anew meanwhile. */
  function drop(id: string, delivery: Delivery<CloudEvent>): void {
    const subscription = subscriptions.get(id);
    if (subscription?.delivery !== delivery) return;
    subscriptions.delete(id);
    delivery.clear();
    log(`eventarc: trigger ${subscription.trigger.key} is gone from the functions emulator`);
  }

  return {
    register(registration) {
      const trigger = parseRegistration(registration, functionsEmulator);
      if (!trigger) {
        log(`eventarc: trigger ${registration.key} has an unknown form and gets no events`);
        return;
      }
      const id = `${registration.project} ${registration.key}`;
      subscriptions.get(id)?.delivery.clear();
      const delivery = deliver(id, trigger);
      subscriptions.set(id, { registration, trigger, matcher: compileTrigger(trigger), delivery });
    },
    publish(changes) {
      for (const change of changes) {
        const concerned = [...subscriptions.values()].filter(
          ({ registration, matcher }) => registration.project === change.project && matcher.concerns(change),
        );
        const kind = concerned.length > 0 ? kindOf(change) : undefined;
        if (!kind) continue;
        for (const { registration, trigger, matcher, delivery } of concerned) {
          if (!matcher.wants(kind)) continue;
          const event =
            registration.kind === 'v1' ? toV1Event(change, trigger) : asText(toCloudEvent(change, trigger));
          delivery.enqueue(event);
        }
      }
    },
    keys: () => [...subscriptions.values()].map(({ trigger }) => trigger.key),
    close() {
      for (const { delivery } of subscriptions.values()) delivery.clear();
      subscriptions.clear();
      sender.close();
    },
  };
}

/** The functions emulator decodes protobuf bodies with `atob`, and never answers to raw bytes. */
function asText({ headers, body }: CloudEvent): CloudEvent {
  return { headers, body: Buffer.from(body.toString('base64')) };
}

/** 404 for a key that it does not know, 204 for one of an earlier generation. */
function isGone(result: DeliveryResult): boolean {
  return 'status' in result && (result.status === 204 || result.status === 404);
}
