import { describe, expect, test } from '@jest/globals';
import type { DocumentChange } from './change.ts';
import { toCloudEvent } from './cloud-event.ts';
import { changedFields, encodeEventData } from './event-data.ts';
import type { FirestoreTrigger } from './trigger.ts';
import { kindOf } from './trigger.ts';
import { Document, DocumentEventData } from '../../test/contracts/google-proto.ts';

const NAME = 'projects/demo-local/databases/(default)/documents/users/u1';
const doc = (fields: Record<string, unknown>) => Document.encode({ name: NAME, fields }).finish();
const string = (value: string) => ({ stringValue: value });

describe('encodeEventData', () => {
  const before = doc({ name: string('前') });
  const after = doc({ name: string('後') });

  test.each([
    ['an update', before, after, ['name'], ['oldValue', 'updateMask', 'value']],
    ['a creation has no old value', undefined, after, [], ['updateMask', 'value']],
    ['a deletion has no value', before, undefined, [], ['oldValue', 'updateMask']],
  ])('%s', (_, old, now, mask, keys) => {
    const decoded = DocumentEventData.decode(encodeEventData(old, now, mask)).toJSON();
    expect(Object.keys(decoded).toSorted()).toEqual(keys);
    expect(decoded['updateMask']).toEqual(mask.length > 0 ? { fieldPaths: mask } : {});
  });
});

test('encodeEventData keeps the documents as they are, however long', () => {
  const after = doc({ name: string('後'.repeat(100_000)) });
  const decoded = DocumentEventData.decode(encodeEventData(undefined, after, [])).toJSON();
  expect(decoded['value']).toEqual({ name: NAME, fields: { name: string('後'.repeat(100_000)) } });
});

test('changedFields names the fields that were added, changed and removed, quoted where they must be', () => {
  const before = doc({ same: string('x'), changed: string('a'), タイトル: string('a'), gone: string('x') });
  const after = doc({ added: string('x'), same: string('x'), changed: string('b'), タイトル: string('b') });
  expect(changedFields(before, after)).toEqual(['`タイトル`', 'added', 'changed', 'gone']);
});

test('a write that changed no field is no event', () => {
  const change = {
    project: 'p',
    database: '(default)',
    path: 'users/u1',
    commitTime: { seconds: 0, nanos: 0 },
  };
  const one = doc({ a: string('x') });
  expect(kindOf({ ...change, before: one, after: doc({ a: string('x') }) })).toBeUndefined();
  expect(kindOf({ ...change, before: one, after: doc({}) })).toBe('updated');
  expect(kindOf({ ...change, after: one })).toBe('created');
  expect(kindOf({ ...change, before: one })).toBe('deleted');
});

describe('toCloudEvent', () => {
  const trigger: FirestoreTrigger = {
    key: 'asia-northeast1-onWrite-0',
    functionName: 'onWrite',
    region: 'asia-northeast1',
    eventType: 'google.cloud.firestore.document.v1.written',
    database: '(default)',
    namespace: '(default)',
    document: 'users/{id}',
    retry: true,
    concurrency: 80,
    url: 'http://127.0.0.1:5001/',
  };
  const change: DocumentChange = {
    project: 'demo-local',
    database: '(default)',
    path: 'users/花子',
    after: doc({}),
    commitTime: { seconds: '1788286432', nanos: 123_000_000 },
  };

  test('has the headers of the service; an id outside ASCII comes as raw UTF-8 bytes', () => {
    expect(toCloudEvent(change, trigger, 'event-1').headers).toEqual({
      'ce-specversion': '1.0',
      'ce-id': 'event-1',
      'ce-type': 'google.cloud.firestore.document.v1.written',
      'ce-source': '//firestore.googleapis.com/projects/demo-local/databases/(default)',
      'ce-subject': Buffer.from('documents/users/花子').toString('latin1'),
      'ce-time': '2026-09-01T18:13:52Z',
      'ce-location': 'asia-northeast1',
      'ce-project': 'demo-local',
      'ce-database': '(default)',
      'ce-namespace': '(default)',
      'ce-document': Buffer.from('users/花子').toString('latin1'),
      'ce-datacontenttype': 'application/protobuf',
      'ce-dataschema': expect.stringMatching(/firestore\/v1\/data\.proto$/),
      'content-type': 'application/protobuf',
    });
  });

  test('with auth context says that the principal is unknown', () => {
    const eventType = `${trigger.eventType}.withAuthContext`;
    expect(toCloudEvent(change, { ...trigger, eventType }).headers).toMatchObject({
      'ce-type': eventType,
      'ce-authtype': 'unknown',
    });
  });
});
