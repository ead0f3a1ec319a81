import { expect, test } from '@jest/globals';
import { ManualClock } from '../shared/clock.ts';
import { batchGetDocuments } from './rpc/batch-get-documents.ts';
import { commit } from './rpc/commit.ts';
import { beginTransaction } from './rpc/begin-transaction.ts';
import { rollback } from './rpc/rollback.ts';
import { Service } from './service.ts';

const database = 'projects/p/databases/d';
const name = `${database}/documents/users/u1`;
const write = { operation: 'update', update: { name, fields: {} } } as const;

async function read(service: Service, transaction: Uint8Array): Promise<void> {
  for await (const answer of batchGetDocuments(service, { database, documents: [name], transaction })) {
    expect(answer.missing ?? answer.found?.name).toBe(name);
  }
}

test('a transaction whose client has gone expires and stops nobody', () => {
  const clock = new ManualClock();
  const service = new Service(clock);
  const { transaction } = beginTransaction(service, { database });
  clock.advance(61_000);
  expect(() => commit(service, { database, transaction })).toThrow('expired');
});

test('an ended transaction cannot be used again', () => {
  const service = new Service(new ManualClock());
  const { transaction } = beginTransaction(service, { database });
  commit(service, { database, transaction });
  expect(() => commit(service, { database, transaction })).toThrow('no longer valid');
});

test('an aborted transaction stays aborted, and can be rolled back once', async () => {
  const service = new Service(new ManualClock());
  const { transaction } = beginTransaction(service, { database });
  await read(service, transaction);
  commit(service, { database, writes: [write] });
  for (let i = 0; i < 2; i++) {
    expect(() => commit(service, { database, transaction, writes: [write] })).toThrow('aborted');
  }
  rollback(service, { database, transaction });
  expect(() => rollback(service, { database, transaction })).toThrow('no longer valid');
});

test('a retry waits for the retry before it, and no longer than a while for one that has gone', async () => {
  const clock = new ManualClock();
  const service = new Service(clock);
  const retry = (): Uint8Array =>
    beginTransaction(service, { database, options: { readWrite: { retryTransaction: Buffer.from('x') } } })
      .transaction;
  const [first, second, third] = [retry(), retry(), retry()];
  await read(service, first);
  const order: string[] = [];
  const secondRead = read(service, second).then(() => order.push('second'));
  const thirdRead = read(service, third).then(() => order.push('third'));
  order.push('first commits');
  commit(service, { database, transaction: first, writes: [write] });
  await secondRead;
  clock.advance(5_000); // `second` never ends
  await thirdRead;
  expect(order).toEqual(['first commits', 'second', 'third']);
});

test('a write in a read-only transaction is refused', () => {
  const service = new Service(new ManualClock());
  const { transaction } = beginTransaction(service, { database, options: { readOnly: {} } });
  expect(() => commit(service, { database, transaction, writes: [write] })).toThrow('read-only');
});

test('a read-only transaction at a time in the future is refused when it begins', () => {
  const clock = new ManualClock();
  const service = new Service(clock);
  const readTime = { seconds: Math.floor(clock.now() / 1000) + 60, nanos: 0 };
  expect(() => beginTransaction(service, { database, options: { readOnly: { readTime } } })).toThrow(
    'future',
  );
});
