import { expect, test } from '@jest/globals';
import { Timestamp } from 'firebase-admin/firestore';
import { createDeadLetters } from '../../functions/services/dead-letters.ts';
import type { Failure } from '../../functions/steps/failure.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import { deadLettersContract } from './dead-letters.contract.ts';
import { FakeDeadLetters } from './fakes/dead-letters.ts';
import { startFirestoreWithClient } from './firestore.ts';

deadLettersContract('fake', async () => {
  const deadLetters = new FakeDeadLetters();
  return {
    deadLetters,
    corrupt: async (id) => deadLetters.corrupt(id),
    stamp: async () => String(deadLetters.writes()),
    close: async () => {},
  };
});

deadLettersContract('Firestore on the emulator', async () => {
  const { firestore, stored, connect, close } = await startFirestoreWithClient();
  const collection = firestore.collection('bigquerySyncFailures');
  return {
    deadLetters: createDeadLetters(stored, connect, 'bigquerySyncFailures', () => {}),
    async corrupt(id, dueAt) {
      await collection.doc(id).set({
        status: 'pending',
        nextAttemptAt: Timestamp.fromDate(dueAt),
        userId: 7,
        note: 'not-a-record 花子',
      });
    },
    async stamp(id) {
      const { updateTime } = await collection.doc(id).get();
      return updateTime && `${updateTime.seconds}.${updateTime.nanoseconds}`;
    },
    close,
  };
});

test('an error of the client leaves the adapter without its words', async () => {
  const { stored, connect, close } = await startFirestoreWithClient();
  try {
    const letters = createDeadLetters(stored, connect, 'bigquerySyncFailures', () => {});
    await expect(letters.overdue('pending', new Date(Number.NaN), 10)).rejects.toEqual(
      new ServiceError({ service: 'firestore', operation: 'query failures' }),
    );
    await expect(
      letters.update('a', () => ({ failureReason: () => {} }) as unknown as Failure),
    ).rejects.toThrow('Cannot store a function');
  } finally {
    await close();
  }
});
