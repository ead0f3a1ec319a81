// Firestore changes to functions: matches triggers, builds CloudEvents, delivers each at least once.
import type { Clock } from '../shared/clock.ts';
import { mulberry32 } from '../shared/faults.ts';
import type { Faults } from '../shared/faults.ts';
import type { DocumentChange } from './change.ts';
import { toCloudEvent } from './cloud-event.ts';
import type { CloudEvent } from './cloud-event.ts';
import { Delivery, PRODUCTION_RETRY } from './delivery.ts';
import type { DeliveryResult, RetryPolicy } from './delivery.ts';
import { createEventSender } from './send-event.ts';
import { compileTrigger, kindOf } from './trigger.ts';
import type { FirestoreTrigger, TriggerMatcher } from './trigger.ts';
import { toV1Event } from './v1-event.ts';

export interface EventarcOptions {
  readonly project: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly log: (line: string) => void;
  readonly retryPolicy?: RetryPolicy;
  /** What at-least-once and unordered allow, made to happen: for tests. */
  readonly disorder?: { readonly seed: number; readonly duplicates: number; readonly reorder: boolean };
  /** Told when an event that had failed is delivered after all, with the path of its document. */
  readonly onRedelivered?: (path: string) => void;
}

export interface Eventarc {
  /** The triggers of the functions as they are now. Events of a trigger that stays are kept. */
  setTriggers(triggers: readonly FirestoreTrigger[]): void;
  publish(changes: readonly DocumentChange[]): void;
  /** What waits for a host that was away goes at once. */
  hostIsBack(): void;
  /** Events that are neither delivered nor given up. */
  pending(): number;
  /** Resolves when no event is pending. */
  idle(): Promise<void>;
  clear(): void;
  close(): void;
}

interface Subscription {
  trigger: FirestoreTrigger;
  matcher: TriggerMatcher;
  readonly delivery: Delivery<CloudEvent>;
}

export function createEventarc(options: EventarcOptions): Eventarc {
  const { clock, faults, log, disorder } = options;
  const sender = createEventSender();
  const subscriptions = new Map<string, Subscription>();
  const random = mulberry32(disorder?.seed ?? 0);
  const paths = new WeakMap<CloudEvent, string>();
  const failed = new WeakSet<CloudEvent>();
  let waiters: (() => void)[] = [];

  const pending = () => [...subscriptions.values()].reduce((sum, { delivery }) => sum + delivery.pending, 0);

  function onSettled(): void {
    if (waiters.length === 0 || pending() > 0) return;
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  }

  async function send({ trigger }: Subscription, event: CloudEvent): Promise<DeliveryResult> {
    const target = `${trigger.url} ${paths.get(event) ?? ''}`;
    const fault = await faults.take('functions', trigger.functionName, target);
    const faulty = fault && (fault.error || fault.drop) ? toResult(fault.error) : undefined;
    if (faulty && fault?.phase === 'before') return faulty;
    const result = await sender.send(trigger.url, event);
    return faulty ?? result;
  }

  function note(event: CloudEvent, { kind }: DeliveryResult): void {
    if (kind !== 'acknowledged') failed.add(event);
    else if (failed.has(event)) options.onRedelivered?.(paths.get(event) ?? '');
  }

  function subscribe(trigger: FirestoreTrigger): Subscription {
    const subscription: Subscription = {
      trigger,
      matcher: compileTrigger(trigger),
      delivery: new Delivery<CloudEvent>({
        clock,
        retryPolicy: options.retryPolicy ?? PRODUCTION_RETRY,
        send: (event, done) =>
          void send(subscription, event).then((result) => {
            note(event, result);
            done(result);
          }),
        onDropped: (_, result) =>
          log(`eventarc: ${subscription.trigger.functionName}: event dropped (${describe(result)})`),
        onSettled,
        ...(disorder?.reorder ? { choose: (count: number) => Math.floor(random() * count) } : {}),
      }),
    };
    return subscription;
  }

  return {
    setTriggers(triggers) {
      const keys = new Set(triggers.map(({ key }) => key));
      for (const [key, { delivery }] of subscriptions) {
        if (keys.has(key)) continue;
        subscriptions.delete(key);
        delivery.clear();
      }
      for (const trigger of triggers) {
        const subscription = subscriptions.get(trigger.key) ?? subscribe(trigger);
        subscription.trigger = trigger;
        subscription.matcher = compileTrigger(trigger);
        subscription.delivery.configure({ concurrency: trigger.concurrency, retry: trigger.retry });
        subscriptions.set(trigger.key, subscription);
      }
    },
    publish(changes) {
      for (const change of changes) {
        if (change.project !== options.project) continue;
        const concerned = [...subscriptions.values()].filter(({ matcher }) => matcher.concerns(change));
        const kind = concerned.length > 0 ? kindOf(change) : undefined;
        if (!kind) continue;
        for (const { trigger, matcher, delivery } of concerned) {
          if (!matcher.wants(kind)) continue;
          const event = trigger.firstGeneration ? toV1Event(change, trigger) : toCloudEvent(change, trigger);
          paths.set(event, change.path);
          delivery.enqueue(event);
          if (disorder && random() < disorder.duplicates) delivery.enqueue(event);
        }
      }
    },
    hostIsBack() {
      for (const { delivery } of subscriptions.values()) delivery.hostIsBack();
    },
    pending,
    idle: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        onSettled();
      }),
    clear() {
      for (const { delivery } of subscriptions.values()) delivery.clear();
    },
    close() {
      for (const { delivery } of subscriptions.values()) delivery.clear();
      subscriptions.clear();
      sender.close();
      onSettled();
    },
  };
}

function toResult(error: { status: number } | undefined): DeliveryResult {
  if (!error) return { kind: 'unreachable', reason: 'fault injected' };
  const { status } = error;
  return status === 429 || status === 503 ? { kind: 'unavailable', status } : { kind: 'failed', status };
}

function describe(result: DeliveryResult): string {
  return 'status' in result ? `status ${result.status}` : result.kind;
}
