// How a client learns that it may not do what it asks for: in the way in which rules refuse it in production.
import { expect, test } from '@jest/globals';
import type { ListenRequest, ListenResponse } from '../listen/messages.ts';
import type { WriteRequest, WriteResponse } from '../rpc/write.ts';
import { openStream } from '../testing/open-stream.ts';
import { withEmulator } from '../testing/with-emulator.ts';

const suite = withEmulator();
const database = 'projects/demo-local/databases/(default)';
const name = `${database}/documents/c/d`;

test('a stranger may open a Write stream, and is refused when it writes', async () => {
  const stream = openStream<WriteRequest, WriteResponse>(suite.emulator.port, 'Write', 'Bearer stranger');
  stream.send({ database });
  expect((await stream.next()).streamId).toBeDefined();
  stream.send({ writes: [{ operation: 'update', update: { name } }] });
  await expect(stream.next()).rejects.toMatchObject({ code: 7 });
  expect((await suite.db.doc('c/d').get()).exists).toBe(false);
  stream.stop();
});

test('a stranger may open a Listen stream, whose targets are removed with the reason', async () => {
  await suite.db.doc('c/d').set({});
  const stream = openStream<ListenRequest, ListenResponse>(suite.emulator.port, 'Listen', '');
  stream.send({ database, addTarget: { targetId: 1, documents: { documents: [name] } } });
  expect(await stream.next()).toMatchObject({ targetChange: { targetChangeType: 'ADD' } });
  expect(await stream.next()).toMatchObject({
    targetChange: { targetChangeType: 'REMOVE', targetIds: [1], cause: { code: 7 } },
  });
  stream.stop();
});
