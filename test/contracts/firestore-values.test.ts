// A document is the same document however it is read: from an event's bytes, over REST, or with the Admin SDK. Where
// they differed, one version would have two hashes, and would be sent as two.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FieldValue, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import * as fc from 'fast-check';
import { encodeEventData } from '../../emulators/eventarc/event-data.ts';
import { toRfc3339 } from '../../functions/pipelines/fields.ts';
import { contentHash } from '../../functions/steps/content-hash.ts';
import { createVersionReader } from '../../functions/steps/document-event.ts';
import { startFirestoreWithClient } from './firestore.ts';
import { Document } from './google-proto.ts';

const PATH = 'users/花子@example.com/sessions/s1';
const readCompletion = createVersionReader({
  when: { completed: { field: 'status', equals: 'completed' } },
});

let emulated: Awaited<ReturnType<typeof startFirestoreWithClient>>;
beforeAll(async () => {
  emulated = await startFirestoreWithClient();
});
afterAll(() => emulated.close());

const leaves = fc.oneof(
  fc.constantFrom(null, true, false, 0, -0, Number.NaN, Infinity, -Infinity, 5e-324, ''),
  fc.maxSafeInteger(),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('completed', '膝が内側に', '\u0000', '\u{1F3CB}'),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), fc.nat(999_999))
    .map(([seconds, micros]) => new Timestamp(seconds, micros * 1000)),
  fc
    .tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }))
    .map(([latitude, longitude]) => new GeoPoint(latitude, longitude)),
  fc
    .array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 4 })
    .map((numbers) => FieldValue.vector(numbers)),
  fc.constantFrom('a/b', '花子/c/d/e').map((to) => ({ to })),
);
const keys = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 5 })
  .filter((key) => !/^__.*__$/.test(key));
const { map: maps } = fc.letrec((tie) => ({
  // An array holds no array.
  value: fc.oneof(
    { maxDepth: 4 },
    leaves,
    tie('map'),
    fc.array(fc.oneof(leaves, tie('map')), { maxLength: 5 }),
  ),
  map: fc.dictionary(keys, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}));
const documents = maps.map((data) => ({ ...(data as object), status: 'completed' }));

/** References need a client to be made. */
function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === 'to') return emulated.firestore.doc(String(entries[0][1]));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withReferences(inner)]));
}

/** What Firestore serves over REST. */
async function asJson(): Promise<{ name: string; fields: object; updateTime: string }> {
  const answer = await emulated.api.get(
    `/v1/projects/demo-local/databases/(default)/documents/${encodeURI(PATH)}`,
  );
  return answer.body as { name: string; fields: object; updateTime: string };
}

function toMessage({ name, fields, updateTime }: Awaited<ReturnType<typeof asJson>>): Buffer {
  const seconds = Date.parse(updateTime) / 1000;
  const json = { name, fields: withSeconds(fields), updateTime: { seconds: Math.floor(seconds), nanos: 0 } };
  return Buffer.from(Document.encode(Document.fromObject(json)).finish());
}

/** protobufjs reads the JSON of Google's types only in its own form. */
function withSeconds(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withSeconds);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      if (key === 'timestampValue' && typeof value === 'string') {
        const [whole = '', fraction = ''] = value.replace('Z', '').split('.');
        return [key, { seconds: Date.parse(`${whole}Z`) / 1000, nanos: Number(fraction.padEnd(9, '0')) }];
      }
      if (key === 'nullValue') return [key, 0];
      if (key === 'doubleValue') return [key, Number(value)];
      return [key, withSeconds(value)];
    }),
  );
}

test('an event, REST and the Admin SDK give one content', async () => {
  await fc.assert(
    fc.asyncProperty(documents, async (generated) => {
      const reference = emulated.firestore.doc(PATH);
      await reference.set(withReferences(generated) as object);
      const snapshot = await reference.get();
      const wanted = contentHash(snapshot.data()!);

      const stored = await emulated.stored.get(PATH);
      expect(contentHash(stored!.data)).toBe(wanted);
      expect(stored!.updateTime).toBe(toRfc3339(snapshot.updateTime!));

      const message = toMessage(await asJson());
      const completed = readCompletion(encodeEventData(undefined, message, []));
      expect(completed?.path).toBe(PATH);
      expect(contentHash(completed!.data!)).toBe(wanted);
    }),
    { numRuns: 150 },
  );
}, 60_000);
