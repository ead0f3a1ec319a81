// The bytes of events: what completes a document, and what is no event at all. That the decoded data is what the Admin
// SDK would give is in test/contracts/firestore-values.test.ts.
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { contentHash } from './content-hash.ts';
import { createVersionReader } from './document-event.ts';
import type { OnDelete } from '../pipelines/pipeline.ts';
import { EventError } from './protobuf-reader.ts';
import { DocumentEventData } from '../../test/contracts/google-proto.ts';

const read = createVersionReader({
  when: { completed: { field: 'status', equals: 'completed' } },
});
const readChange = (onDelete: OnDelete) => createVersionReader({ when: { changed: { onDelete } } });
const NAME = 'projects/demo-local/databases/(default)/documents/users/花子/sessions/s1';
const updateTime = { seconds: 1_767_225_600, nanos: 123_456_000 };
const string = (value: string) => ({ stringValue: value });
const documentOf = (fields: object) => ({ name: NAME, fields, updateTime });
const encode = (value?: object, oldValue?: object) =>
  DocumentEventData.encode({
    ...(value ? { value: documentOf(value) } : {}),
    ...(oldValue ? { oldValue: documentOf(oldValue) } : {}),
    updateMask: { fieldPaths: ['status'] },
  }).finish();

const started = { note: string('completed'), status: string('active') };
const completed = { ...started, status: string('completed') };

describe('an event that completes a document is the document', () => {
  test.each([
    ['by an update', encode(completed, started)],
    ['by creation', encode(completed)],
    ['that had another kind of status', encode(completed, { status: { integerValue: 7 } })],
    ['that had no status', encode(completed, { note: string('x') })],
    ['that had it one level deeper', encode(completed, { m: { mapValue: { fields: completed } } })],
  ])('%s', (_, body) => {
    expect(read(body)).toEqual({
      path: 'users/花子/sessions/s1',
      data: { note: 'completed', status: 'completed' },
      updateTime: '2026-01-01T00:00:00.123456Z',
    });
  });

  test('at whatever offset of its memory the body lies', () => {
    const memory = Buffer.concat([Buffer.alloc(5, 0xff), encode(completed)]);
    expect(read(memory.subarray(5))?.path).toBe('users/花子/sessions/s1');
  });
});

describe('where every change counts, an event', () => {
  const readTold = readChange('tombstone');
  const status = { bigquerySyncStatus: string('synced'), bigquerySyncRetryCount: { integerValue: 0 } };
  const nested = { m: { mapValue: { fields: { a: string('1'), b: string('2') } } } };
  const permuted = { m: { mapValue: { fields: { b: string('2'), a: string('1') } } } };

  test.each([
    ['of a creation', encode(started)],
    ['of a change', encode({ ...started, note: string('b') }, started)],
    ['of a change back', encode(started, completed)],
    ['of a field more', encode({ ...started, more: string('b') }, started)],
    ['of a field less', encode(started, { ...started, more: string('b') })],
    ['of another type of the same letters', encode({ n: { doubleValue: 1.5 } }, { n: string('1.5') })],
    ['of a change inside of a map', encode(nested, { m: { mapValue: { fields: { a: string('1') } } } })],
    ['of a change beside our own status', encode({ ...completed, ...status }, started)],
    ['of a field that only looks like ours', encode({ ...started, bigquerySyn: string('x') }, started)],
  ])('%s is a version', (_, body) => {
    expect(readTold(body)).toMatchObject({
      path: 'users/花子/sessions/s1',
      updateTime: '2026-01-01T00:00:00.123456Z',
    });
  });

  test.each([
    ['of our own status', encode({ ...started, ...status }, started)],
    [
      'of our own status, written over',
      encode({ ...started, ...status }, { ...started, bigquerySyncStatus: string('failed') }),
    ],
    ['of our own status, taken away', encode(started, { ...started, ...status })],
    ['of our own status before the other fields', encode({ ...status, ...started }, started)],
    [
      'of the same fields in another order',
      encode({ status: string('active'), note: string('completed') }, started),
    ],
    ['of the same map in another order', encode(permuted, nested)],
    ['of nothing', new Uint8Array()],
  ])('%s is none', (_, body) => {
    expect(readTold(body)).toBeUndefined();
  });

  const deletion = encode(undefined, started);

  test('of a deletion is the version after the last state, with the time that the event tells', () => {
    expect(readTold(deletion, '2026-01-03T00:00:00Z')).toEqual({
      path: 'users/花子/sessions/s1',
      data: undefined,
      deletion: {
        updateTime: '2026-01-01T00:00:00.123457Z',
        contentHash: 'deleted 2026-01-03T00:00:00.000000Z',
      },
    });
    expect(readChange('delete')(deletion, '2026-01-03T00:00:00Z')).toEqual(
      readTold(deletion, '2026-01-03T00:00:00Z'),
    );
  });

  test('of a deletion is none where rows are kept', () => {
    expect(readChange('keep')(deletion, '2026-01-03T00:00:00Z')).toBeUndefined();
  });

  test('is a version when, and only when, the content of its two states differs', () => {
    const value = fc.oneof(
      fc.string().map(string),
      fc.integer().map((integerValue) => ({ integerValue })),
      fc.constant({ nullValue: 0 }),
    );
    const map = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value);
    const fields = fc.dictionary(
      fc.constantFrom('x', 'y', 'z', 'bigquerySyncStatus', 'bigquerySyncError'),
      fc.oneof(
        value,
        map.map((inner) => ({ mapValue: { fields: inner } })),
      ),
    );
    const asOfCreation = (state: object) => contentHash(readTold(encode(state))!.data!);
    fc.assert(
      fc.property(fields, fields, fc.boolean(), (before, other, isSame) => {
        const after = isSame ? Object.fromEntries(Object.entries(before).toReversed()) : other;
        const differs = asOfCreation(before) !== asOfCreation(after);
        expect(readTold(encode(after, before)) !== undefined).toBe(differs);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('any other event is none of our business', () => {
  test.each([
    ['a document that goes on', encode(started, started)],
    [
      'a change of a completed one, such as our own status',
      encode({ ...completed, a: string('b') }, completed),
    ],
    ['a deletion', encode(undefined, completed)],
    ['one that is taken back', encode(started, completed)],
    ['a status that only looks like it', encode({ status: string('Completed') }, started)],
    ['a status that begins like it', encode({ status: string('completed ') }, started)],
    ['bytes for a status', encode({ status: { bytesValue: Buffer.from('completed') } }, started)],
    [
      'a field of another name',
      encode({ statu: string('completed'), statuss: string('completed') }, started),
    ],
    ['nothing at all', new Uint8Array()],
  ])('%s', (_, body) => {
    expect(read(body)).toBeUndefined();
  });
});

describe('of what protobuf allows and Google does not send', () => {
  const field = (tag: number, bytes: Uint8Array) => Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
  const statusOf = (...values: Uint8Array[]) =>
    field(
      0x12,
      Buffer.concat([field(0x0a, Buffer.from('status')), ...values.map((value) => field(0x12, value))]),
    );
  const text = (value: string) =>
    Buffer.concat([Buffer.from([0x8a, 0x01, value.length]), Buffer.from(value)]);
  const documentBytes = (...fields: Uint8Array[]) =>
    field(
      0x0a,
      Buffer.concat([
        field(0x0a, Buffer.from('p/P/d/D/documents/c/d')),
        field(0x22, Buffer.from([8, 1])),
        ...fields,
      ]),
    );

  test('the last of two values counts', () => {
    expect(read(documentBytes(statusOf(text('active'), text('completed'))))).toBeDefined();
    expect(read(documentBytes(statusOf(text('completed'), text('active'))))).toBeUndefined();
    expect(read(documentBytes(statusOf(text('completed')), statusOf(text('active'))))).toBeUndefined();
  });

  test('fields of a later version of the format are skipped', () => {
    const unknown = Buffer.from([0xf8, 0x07, 1, 0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x07, 1, 2, 3, 4]);
    expect(read(Buffer.concat([unknown, documentBytes(unknown, statusOf(text('completed')))]))?.data).toEqual(
      {
        status: 'completed',
      },
    );
  });

  test('where every change counts, our own status is told apart without decoding anything', () => {
    const odd = field(
      0x12,
      Buffer.concat([field(0x0a, Buffer.from('odd')), field(0x12, Buffer.from([0xa0, 0x06, 1]))]),
    );
    const ours = field(
      0x12,
      Buffer.concat([field(0x0a, Buffer.from('bigquerySyncStatus')), field(0x12, text('synced'))]),
    );
    const [before, after] = [documentBytes(odd), documentBytes(ours, odd)];
    const asOld = Buffer.concat([Buffer.from([0x12]), before.subarray(1)]);
    expect(readChange('tombstone')(Buffer.concat([after, asOld]))).toBeUndefined();
    expect(() => readChange('tombstone')(after)).toThrow(EventError);
  });

  test('a value of a type that is not known is not guessed', () => {
    const odd = field(
      0x12,
      Buffer.concat([field(0x0a, Buffer.from('odd')), field(0x12, Buffer.from([0xa0, 0x06, 1]))]),
    );
    expect(() => read(documentBytes(odd, statusOf(text('completed'))))).toThrow(EventError);
  });
});

test('a body that is cut short or spoiled is an error, or another event, and never hangs or names what it holds', () => {
  const body = Buffer.from(encode({ ...completed, secret: string('taro-7f3a') }, started));
  const errorOf = (spoiled: Buffer) => {
    try {
      read(spoiled);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const attempt = (spoiled: Buffer) => {
    const error = errorOf(spoiled);
    expect(error === undefined || error instanceof EventError).toBe(true);
    expect(String(error)).not.toContain('taro');
  };
  for (let end = 0; end < body.length; end++) attempt(body.subarray(0, end));
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.nat(255), (at, byte) => {
      const spoiled = Buffer.from(body);
      spoiled[at] = byte;
      attempt(spoiled);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => attempt(Buffer.from(bytes))));
});
