// The virtual services keep the contracts that the real adapters keep.
import { taskId } from '../../functions/steps/ids.ts';
import { ServiceError, type ServiceErrorDetails } from '../../functions/steps/service-error.ts';
import { deadLettersContract } from '../contracts/dead-letters.contract.ts';
import { documentsContract } from '../contracts/documents.contract.ts';
import { FaultList } from '../contracts/fakes/fault-list.ts';
import { retryQueueContract } from '../contracts/retry-queue.contract.ts';
import { completedDocumentsContract, rowIndexContract } from '../contracts/reconciling.contract.ts';
import { reportsContract } from '../contracts/reports.contract.ts';
import { rowSinkContract } from '../contracts/row-sink.contract.ts';
import { START } from './scheduler.ts';
import { createVirtualRowIndex, createVirtualRowSink, VirtualBigQuery } from './world/bigquery.ts';
import type { Call } from './world/call.ts';
import {
  createVirtualCompletedDocuments,
  createVirtualDeadLetters,
  createVirtualDocuments,
  createVirtualReports,
  VirtualFirestore,
} from './world/firestore.ts';
import { createVirtualRetryQueue, VirtualQueue } from './world/tasks.ts';

const now = () => START;
const close = async () => {};
const unobserved = { recordChanged: () => {}, statusWritten: () => {} };

function createCall() {
  const faults = new FaultList<Omit<ServiceErrorDetails, 'service' | 'operation'>>();
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

documentsContract('virtual', async () => {
  const store = new VirtualFirestore(now, unobserved);
  return {
    documents: createVirtualDocuments(store, createCall().call),
    put: async (path, data) => store.put(path, data),
    delete: async (path) => store.delete(path),
    close,
  };
});

for (const apart of [false, true]) {
  deadLettersContract(apart ? 'virtual, with transactions that begin again' : 'virtual', async () => {
    let writes = 0;
    const store = new VirtualFirestore(now, { ...unobserved, recordChanged: () => void writes++ });
    return {
      deadLetters: createVirtualDeadLetters(store, createCall().call, { apart }),
      corrupt: async (id, dueAt) => store.corrupt(id, dueAt),
      stamp: async () => String(writes),
      close,
    };
  });
}

retryQueueContract('virtual', async () => {
  const { call, faults } = createCall();
  const queue = new VirtualQueue({
    now,
    after: () => {},
    call: () => {},
    fate: () => 'none',
    tombstoneMs: 3_600_000,
  });
  return {
    queue: createVirtualRetryQueue(queue, call),
    waitingCount: async () => queue.waiting.length,
    finish: async ({ failureId, generation }) => queue.remove(taskId(failureId, generation)),
    failNextEnqueue: (phase) => faults.add(phase, { grpcCode: 14 }),
    close,
  };
});

rowSinkContract('virtual', async () => {
  const { call, faults } = createCall();
  const store = new VirtualBigQuery(now);
  return {
    sink: createVirtualRowSink(store, call),
    stored: async (...columns) => store.rows.map(({ json }) => columns.map((column) => json[column] ?? null)),
    failNext: (phase, httpStatus, reason) => faults.add(phase, { httpStatus, reasons: [{ reason }] }),
    close,
  };
});

completedDocumentsContract('virtual', async () => {
  const store = new VirtualFirestore(now, unobserved);
  return {
    documents: createVirtualCompletedDocuments(store, createCall().call),
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
    rowSink: createVirtualRowSink(store, call),
    rowIndex: createVirtualRowIndex(store, call),
    close,
  };
});
