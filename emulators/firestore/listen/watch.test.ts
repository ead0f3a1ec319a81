import { expect, test } from '@jest/globals';
import { ManualClock } from '../../shared/clock.ts';
import { commit } from '../rpc/commit.ts';
import { Service } from '../service.ts';
import type { ListenResponse, ProtoTarget } from './messages.ts';
import { Watch } from './watch.ts';

const database = 'projects/p/databases/d';
const nameOf = (id: string): string => `${database}/documents/users/${id}`;
const users: ProtoTarget = {
  query: { parent: `${database}/documents`, structuredQuery: { from: [{ collectionId: 'users' }] } },
};

function set(service: Service, id: string, version: string): void {
  const fields = { v: { valueType: 'stringValue', stringValue: version } } as const;
  commit(service, { database, writes: [{ operation: 'update', update: { name: nameOf(id), fields } }] });
}

function remove(service: Service, id: string): void {
  commit(service, { database, writes: [{ operation: 'delete', delete: nameOf(id) }] });
}

/** The messages in short: `change a`, `delete b`, `CURRENT 1`. */
function short(responses: readonly ListenResponse[]): readonly string[] {
  const id = (name: string | undefined): string => name?.split('/').at(-1) ?? '';
  return responses.map(({ targetChange, documentChange, documentDelete, documentRemove }) => {
    if (documentChange) return `change ${id(documentChange.document.name)}`;
    if (documentDelete) return `delete ${id(documentDelete.document)}`;
    if (documentRemove) return `remove ${id(documentRemove.document)}`;
    return [targetChange!.targetChangeType, ...(targetChange!.targetIds ?? [])].join(' ');
  });
}

/** A watch with its messages; `taken` gives those that came since it was asked last. */
function open(service: Service): {
  watch: Watch;
  taken: () => readonly string[];
  resumeToken: () => Uint8Array;
} {
  let responses: ListenResponse[] = [];
  let token: Uint8Array = new Uint8Array();
  const watch = new Watch(service, (response) => {
    responses.push(response);
    token = response.targetChange?.resumeToken ?? token;
  });
  const taken = (): readonly string[] => {
    const result = short(responses);
    responses = [];
    return result;
  };
  return { watch, taken, resumeToken: () => token };
}

test('a resumed target gets what changed meanwhile and nothing else', () => {
  const service = new Service(new ManualClock());
  for (const id of ['a', 'b', 'c']) set(service, id, '1');
  const first = open(service);
  first.watch.handle({ database, addTarget: { ...users, targetId: 1 } });
  expect(first.taken()).toEqual(['ADD 1', 'change a', 'change b', 'change c', 'CURRENT 1', 'NO_CHANGE']);
  first.watch.close();

  set(service, 'b', '2');
  remove(service, 'c');
  const second = open(service);
  second.watch.handle({ database, addTarget: { ...users, targetId: 1, resumeToken: first.resumeToken() } });
  expect(second.taken()).toEqual(['ADD 1', 'change b', 'delete c', 'CURRENT 1', 'NO_CHANGE']);
  expect(first.taken()).toEqual([]);
  second.watch.close();
});

test('a target whose past is forgotten starts over', () => {
  const service = new Service(new ManualClock());
  const first = open(service);
  first.watch.handle({ database, addTarget: { ...users, targetId: 1 } });
  first.watch.close();
  service.clear(database);
  set(service, 'a', '1');
  const second = open(service);
  second.watch.handle({ database, addTarget: { ...users, targetId: 1, resumeToken: first.resumeToken() } });
  expect(second.taken()).toEqual(['ADD 1', 'RESET 1', 'change a', 'CURRENT 1', 'NO_CHANGE']);
  second.watch.close();
});

test('targets of one stream are told apart, end one by one, and a bad one harms no other', () => {
  const service = new Service(new ManualClock());
  const { watch, taken } = open(service);
  watch.handle({ database, addTarget: { ...users, targetId: 1 } });
  watch.handle({ database, addTarget: { documents: { documents: [nameOf('a')] }, targetId: 2 } });
  taken();
  watch.handle({ database, addTarget: { targetId: 3 } });
  expect(taken()).toEqual(['ADD 3', 'REMOVE 3']);
  set(service, 'a', '1');
  expect(taken()).toEqual(['change a', 'change a', 'NO_CHANGE']);
  watch.handle({ database, removeTarget: 1 });
  expect(taken()).toEqual(['REMOVE 1']);
  set(service, 'b', '1');
  expect(taken()).toEqual([]);
  remove(service, 'a');
  expect(taken()).toEqual(['delete a', 'NO_CHANGE']);
  watch.close();
});

test('a target asked for once is removed when it is current', () => {
  const service = new Service(new ManualClock());
  const { watch, taken } = open(service);
  watch.handle({ database, addTarget: { ...users, targetId: 5, once: true } });
  expect(taken()).toEqual(['ADD 5', 'CURRENT 5', 'NO_CHANGE', 'REMOVE 5']);
  watch.close();
});
