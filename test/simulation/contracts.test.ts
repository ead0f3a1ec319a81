// The virtual services keep the contracts of the real ones: the adapters are the real ones, and run in real time.
import { taskId } from '../../functions/steps/ids.ts';
import { createDeadLetters } from '../../functions/services/dead-letters.ts';
import { createDocuments } from '../../functions/services/documents.ts';
import { createErasures } from '../../functions/services/erasures.ts';
import { createFirestoreDocuments } from '../../functions/services/firestore.ts';
import { createRowSink } from '../../functions/services/row-sink.ts';
import { createTombstones } from '../../functions/services/tombstones.ts';
import { ServiceError, type ServiceErrorDetails } from '../../functions/steps/service-error.ts';
import { deadLettersContract } from '../contracts/dead-letters.contract.ts';
import { documentsContract } from '../contracts/documents.contract.ts';
import { erasuresContract, tombstonesContract } from '../contracts/erasing.contract.ts';
import { FaultList } from '../contracts/fakes/fault-list.ts';
import { retryQueueContract } from '../contracts/retry-queue.contract.ts';
import { syncedDocumentsContract, rowIndexContract } from '../contracts/reconciling.contract.ts';
import { reportsContract } from '../contracts/reports.contract.ts';
import { rowSinkContract } from '../contracts/row-sink.contract.ts';
import { START } from './scheduler.ts';
import { createVirtualBigQueryApi, createVirtualRowIndex, VirtualBigQuery } from './world/bigquery.ts';
import type { Call, Send } from './world/call.ts';
import { createVirtualFirestoreApi, FIRESTORE_CONFIG } from './world/firestore-api.ts';
import {
  createVirtualClient,
  createVirtualSyncedDocuments,
  createVirtualErasureQueries,
  createVirtualQueries,
  createVirtualReports,
  ERASURES,
  FAILURES,
  TOMBSTONES,
  VirtualFirestore,
} from './world/firestore.ts';
import { createVirtualRetryQueue, VirtualQueue } from './world/tasks.ts';
import { toAnswer } from './world/wire.ts';

const now = () => START;
const close = async () => {};
const unobserved = {
  recordChanged: () => {},
  recordForgotten: () => {},
  erasureChanged: () => {},
  statusWritten: () => {},
  strayWrite: () => {},
};
const TABLES = { project: 'p', dataset: 'd' };

type Trouble = Omit<ServiceErrorDetails, 'service' | 'operation'>;

function createCall() {
  const faults = new FaultList<Trouble>();
  const call: Call = async (service, operation, effect) => {
    const fail = (phase: 'before' | 'after') => {
      const fault = faults.take(phase);
      if (fault) throw new ServiceError({ service, operation, ...fault });
    };
    await Promise.resolve();
    fail('before');
    const result = effect();
    fail('after');
    return result;
  };
  return { call, faults };
}

function createSend() {
  const faults = new FaultList<Trouble>();
  const send: Send = async ({ service, operation, perform }) => {
    await Promise.resolve();
    const refused = faults.take('before');
    if (refused) return toAnswer({ service, operation, ...refused });
    const answer = perform();
    const lost = faults.take('after');
    return lost ? toAnswer({ service, operation, ...lost }) : answer;
  };
  return { send, faults };
}

const documentsOf = (store: VirtualFirestore) =>
  createFirestoreDocuments(
    createVirtualFirestoreApi(store, {
      send: createSend().send,
      arrived: () => {},
      failed: () => {},
      as: (_, write) => write(),
      writeTrouble: () => 0,
      refuses: () => false,
    }),
    FIRESTORE_CONFIG,
  );

documentsContract('virtual', async () => {
  const store = new VirtualFirestore(now, unobserved);
  return {
    documents: createDocuments(documentsOf(store)),
    put: async (path, data) => store.put(path, data),
    delete: async (path) => store.delete(path),
    close,
  };
});

deadLettersContract('virtual', async () => {
  let writes = 0;
  const store = new VirtualFirestore(now, {
    ...unobserved,
    recordChanged: () => void writes++,
    recordForgotten: () => void writes++,
  });
  const { call } = createCall();
  return {
    deadLetters: {
      ...createDeadLetters(
        documentsOf(store),
        async () => createVirtualClient(store, call),
        FAILURES,
        () => {},
      ),
      ...createVirtualQueries(store, call),
    },
    corrupt: async (id, dueAt) => store.corrupt(id, dueAt),
    stamp: async () => String(writes),
    close,
  };
});

retryQueueContract('virtual', async () => {
  const { send, faults } = createSend();
  const queue = new VirtualQueue({
    now,
    after: () => {},
    call: () => {},
    fate: () => 'none',
    tombstoneMs: 3_600_000,
  });
  return {
    queue: createVirtualRetryQueue(queue, send),
    waitingCount: async () => queue.waiting.length,
    finish: async ({ failureId, generation }) => void queue.remove(taskId(failureId, generation)),
    failNextEnqueue: (phase) => faults.add(phase, { grpcCode: 14 }),
    close,
  };
});

rowSinkContract('virtual', async () => {
  const { send, faults } = createSend();
  const store = new VirtualBigQuery(now);
  return {
    sink: createRowSink(createVirtualBigQueryApi(store, send), TABLES),
    stored: async (...columns) => store.rows.map(({ json }) => columns.map((column) => json[column] ?? null)),
    failNext: (phase, httpStatus, reason) => faults.add(phase, { httpStatus, reasons: [{ reason }] }),
    close,
  };
});

erasuresContract('virtual', async () => {
  const store = new VirtualFirestore(now, unobserved);
  const { call } = createCall();
  const client = async () => createVirtualClient(store, call);
  return {
    erasures: {
      ...createErasures(documentsOf(store), client, ERASURES, () => {}),
      ...createVirtualErasureQueries(store, call),
    },
    close,
  };
});

tombstonesContract('virtual', async () => {
  const store = new VirtualFirestore(now, unobserved);
  return { tombstones: createTombstones(documentsOf(store), TOMBSTONES), close };
});

syncedDocumentsContract('virtual', async () => {
  const store = new VirtualFirestore(now, unobserved);
  return {
    documents: createVirtualSyncedDocuments(store, createCall().call),
    put: async (path, data) => store.put(path, data),
    close,
  };
});

reportsContract('virtual', async () => {
  const store = new VirtualFirestore(now, unobserved);
  return {
    reports: createVirtualReports(store, createCall().call),
    corrupt: async (pipeline) => store.reports.forget(pipeline),
    close,
  };
});

rowIndexContract('virtual', async () => {
  const { call } = createCall();
  const store = new VirtualBigQuery(now);
  return {
    rowSink: createRowSink(createVirtualBigQueryApi(store, createSend().send), TABLES),
    rowIndex: createVirtualRowIndex(store, call),
    close,
  };
});
