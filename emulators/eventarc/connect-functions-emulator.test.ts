import { expect, test } from '@jest/globals';
import { ManualClock } from '../shared/clock.ts';
import { connectFunctionsEmulator } from './connect-functions-emulator.ts';
import type { Registration } from './registration.ts';

const registration = (key: string): Registration => ({
  project: 'p',
  key,
  kind: 'eventarc',
  definition: {
    eventType: 'google.cloud.firestore.document.v1.created',
    database: '(default)',
    namespace: '(default)',
    document: { value: 'users/{uid}', matchType: 'PATH_PATTERN' },
  },
});

test('triggers from before the connection and after it are served, until it is closed', () => {
  const listeners = new Set<unknown>();
  const earlier = registration('us-central1-a-0');
  let tell: (one: Registration) => void = () => undefined;
  const subscribe = (listener: unknown): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const triggers = connectFunctionsEmulator(
    {
      triggers: () => [earlier],
      onTrigger(listener) {
        tell = listener;
        return subscribe(listener);
      },
      onChange: subscribe,
    },
    { functionsEmulator: '127.0.0.1:1', clock: new ManualClock(), log: () => undefined },
  );
  tell(registration('us-central1-b-0'));
  expect(triggers.keys()).toEqual(['us-central1-a-0', 'us-central1-b-0']);
  expect(listeners.size).toBe(2);
  triggers.close();
  expect([triggers.keys(), listeners.size]).toEqual([[], 0]);
});
