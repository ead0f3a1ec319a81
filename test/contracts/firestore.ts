// The Firestore emulator with a client of the Admin SDK, for the contracts of the adapters that stand on it.
import { Firestore, type Settings } from 'firebase-admin/firestore';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { startFirestore } from '../../emulators/firestore/server.ts';
import { createFirestoreDocuments } from '../../functions/services/firestore.ts';
import { createLocalApi } from './bigquery.ts';

// An emulator asks for no credentials; without this the client looks for those of a Google machine.
process.env['METADATA_SERVER_DETECTION'] = 'none';

export async function startFirestoreWithClient() {
  const faults = new Faults();
  const emulator = await startFirestore({ port: 0, faults, clock: systemClock, log: () => {} });
  const firestore = new Firestore({
    projectId: 'demo-local',
    host: `${emulator.host}:${emulator.port}`,
    ssl: false,
    customHeaders: { Authorization: 'Bearer owner' },
  } satisfies Settings);
  const api = createLocalApi(emulator.port, 'Bearer owner');
  return {
    firestore,
    api,
    connect: async () => firestore,
    stored: createFirestoreDocuments(api, { project: 'demo-local', database: '(default)' }),
    faults,
    close: async () => {
      await firestore.terminate();
      await emulator.close();
    },
  };
}
