import { Timestamp } from 'firebase-admin/firestore';
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { toRfc3339 } from '../../functions/pipelines/fields.ts';
import { createSyncedDocuments } from '../../functions/services/synced-documents.ts';
import { createReports } from '../../functions/services/reports.ts';
import { createRowIndex } from '../../functions/services/row-index.ts';
import { createRowSink } from '../../functions/services/row-sink.ts';
import { createBigQuery, createLocalApi } from './bigquery.ts';
import { FakeSyncedDocuments } from './fakes/synced-documents.ts';
import { FakeDocuments } from './fakes/documents.ts';
import { FakeReports } from './fakes/reports.ts';
import { FakeRowIndex } from './fakes/row-index.ts';
import { FakeRowSink } from './fakes/row-sink.ts';
import { startFirestoreWithClient } from './firestore.ts';
import {
  changedDocumentsContract,
  deletedRowsContract,
  rowIndexContract,
  syncedDocumentsContract,
  type SyncedDocumentsHarness,
} from './reconciling.contract.ts';
import { reportsContract } from './reports.contract.ts';
import { readTableSchema } from './table-schema.ts';

const TABLES = ['sessions', 'influencers'];

const createFake = async (): Promise<SyncedDocumentsHarness> => {
  const documents = new FakeDocuments();
  return {
    documents: new FakeSyncedDocuments(() => documents.all()),
    put: async (path, data) => documents.put(path, data),
    close: async () => {},
  };
};

const createEmulated = async (): Promise<SyncedDocumentsHarness> => {
  const { firestore, connect, close } = await startFirestoreWithClient();
  return {
    documents: createSyncedDocuments(connect),
    put: async (path, data) => toRfc3339((await firestore.doc(path).set({ ...data })).writeTime),
    close,
  };
};

for (const contract of [syncedDocumentsContract, changedDocumentsContract]) {
  contract('fake', createFake);
  contract('Firestore on the emulator', createEmulated);
}

const createFakeIndex = async () => {
  const rowSink = new FakeRowSink(TABLES);
  return { rowSink, rowIndex: new FakeRowIndex((table) => rowSink.rows(table)), close: async () => {} };
};

const createEmulatedIndex = async () => {
  const emulator = await startBigQuery({
    port: 0,
    faults: new Faults(),
    clock: systemClock,
    log: () => {},
  });
  const bigquery = createBigQuery(emulator.port);
  const tables = { project: 'demo-local', dataset: 'analytics' };
  const dataset = bigquery.dataset('analytics');
  await dataset.create();
  for (const table of TABLES) await dataset.createTable(table, { schema: readTableSchema(table).schema });
  return {
    rowSink: createRowSink(createLocalApi(emulator.port), tables),
    rowIndex: createRowIndex(async () => bigquery, tables),
    close: () => emulator.close(),
  };
};

for (const contract of [rowIndexContract, deletedRowsContract]) {
  contract('fake', createFakeIndex);
  contract('BigQuery on the emulator', createEmulatedIndex);
}

reportsContract('fake', async () => {
  const reports = new FakeReports();
  return { reports, corrupt: async (pipeline) => reports.forget(pipeline), close: async () => {} };
});

reportsContract('Firestore on the emulator', async () => {
  const { firestore, connect, close } = await startFirestoreWithClient();
  return {
    reports: createReports(connect, 'bigquerySyncReports', () => {}),
    corrupt: async (pipeline) => {
      const report = { startedAt: Timestamp.now(), expected: 'many' };
      await firestore.doc(`bigquerySyncReports/${pipeline}`).set({ report, progress: 7 });
    },
    close,
  };
});
