// The builders of firebase-functions, loaded when somebody asks for what they make: a deployment, an emulator or a test
// reads what a function is, a request calls it. An instance in the cloud starts without the hundreds of files that
// this takes, and one that only hears of documents never loads them.
import { createRequire } from 'node:module';
import type { CloudFunction, DeploymentOptions, EventContext } from 'firebase-functions/v1';
import type { UserRecord } from 'firebase-functions/v1/auth';
import type { Expression } from 'firebase-functions/params';
import type { HttpsFunction, HttpsOptions, Request } from 'firebase-functions/v2/https';
import type { ScheduledEvent, ScheduleFunction, ScheduleOptions } from 'firebase-functions/v2/scheduler';

type Firestore = typeof import('firebase-functions/v2/firestore');
type Https = typeof import('firebase-functions/v2/https');
type Scheduler = typeof import('firebase-functions/v2/scheduler');
type Response = Parameters<HttpsFunction>[1];

const require = createRequire(import.meta.url);

/** What firebase-functions keeps on the functions that it makes. */
const DESCRIPTION = ['__endpoint', '__trigger', '__requiredAPIs', 'run'];

/** `run` is what the functions framework calls; `declare` makes the function that describes it. */
export function described<Declared extends object>(
  run: (...args: never) => unknown,
  declare: () => Declared,
): Declared {
  const getters = DESCRIPTION.map((name) => [name, { get: (): unknown => Reflect.get(declare(), name) }]);
  Object.defineProperties(run, Object.fromEntries(getters));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- called and described like one, whoever looks
  return run as unknown as Declared;
}

/** Made when it is first asked for, and kept. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export function loadOnDocumentWritten(): Firestore['onDocumentWritten'] {
  const { onDocumentWritten }: Firestore = require('firebase-functions/v2/firestore');
  return onDocumentWritten;
}

export function onRequest(
  options: HttpsOptions,
  handler: (request: Request, response: Response) => Promise<void>,
): HttpsFunction {
  const declare = lazily(() => {
    const https: Https = require('firebase-functions/v2/https');
    return https.onRequest(options, handler);
  });
  return described((request: Request, response: Response) => declare()(request, response), declare);
}

export function onSchedule(
  options: ScheduleOptions,
  handler: (event: ScheduledEvent) => Promise<void>,
): ScheduleFunction {
  const declare = lazily(() => {
    const scheduler: Scheduler = require('firebase-functions/v2/scheduler');
    return scheduler.onSchedule(options, handler);
  });
  return described((request: Request, response: Response) => declare()(request, response), declare);
}

/** Firebase Authentication tells only functions of the first generation of a deleted account. */
export function onAccountDeleted(
  region: Expression<string>,
  options: DeploymentOptions,
  handler: (uid: string, eventId: string) => Promise<void>,
): CloudFunction<UserRecord> {
  const declare = lazily(() => {
    const { runWith }: typeof import('firebase-functions/v1') = require('firebase-functions/v1');
    return runWith(options)
      .region(region)
      .auth.user()
      .onDelete(({ uid }, { eventId }) => handler(uid, eventId));
  });
  return described((data: unknown, context?: EventContext) => declare()(data, context), declare);
}
