import { Timestamp } from 'firebase-admin/firestore';
import { createDeadLetters } from '../../functions/services/dead-letters.ts';
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
  const { firestore, close } = await startFirestoreWithClient();
  const collection = firestore.collection('bigquerySyncFailures');
  return {
    deadLetters: createDeadLetters(firestore, 'bigquerySyncFailures'),
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
