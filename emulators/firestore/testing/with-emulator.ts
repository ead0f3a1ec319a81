// An emulator and a client of Google's for the tests of one file; the data is cleared before each.
import { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { systemClock } from '../../shared/clock.ts';
import { Faults } from '../../shared/faults.ts';
import type { FirestoreEmulator } from '../server.ts';
import { startFirestore } from '../server.ts';

export interface WithEmulator {
  readonly emulator: FirestoreEmulator;
  readonly faults: Faults;
  readonly db: Firestore;
  /** Another client of the same emulator; ended with the tests. */
  client(settings: FirebaseFirestore.Settings): Firestore;
  /** A call to the REST side as the owner; the body is JSON. */
  rest(method: string, path: string, body?: unknown): Promise<RestAnswer>;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

export function withEmulator(): WithEmulator {
  const faults = new Faults();
  const clients: Firestore[] = [];
  let emulator: FirestoreEmulator;

  beforeAll(async () => {
    emulator = await startFirestore({ port: 0, faults, clock: systemClock, log: () => undefined });
    process.env['FIRESTORE_EMULATOR_HOST'] = `127.0.0.1:${emulator.port}`;
    // The client would look for Google's metadata server before its first call.
    process.env['METADATA_SERVER_DETECTION'] = 'none';
    clients.push(new Firestore({ projectId: 'demo-local' }));
  });
  beforeEach(async () => {
    faults.clear();
    await emulator.clear();
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.terminate()));
    await emulator.close();
    // Streams that were cut report it in a later turn, with modules that the client loads only then.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  });

  return {
    faults,
    get emulator() {
      return emulator;
    },
    get db() {
      return clients[0]!;
    },
    client(settings) {
      const client = new Firestore(settings);
      clients.push(client);
      return client;
    },
    async rest(method, path, body) {
      const response = await fetch(`http://127.0.0.1:${emulator.port}${path}`, {
        method,
        headers: { authorization: 'Bearer owner' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
  };
}
