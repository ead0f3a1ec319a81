import { describe, expect, test } from '@jest/globals';
import type { HttpRequest } from '../http.ts';
import { bindHttp } from './http-binding.ts';

function request(params: readonly string[], body = '', query = ''): HttpRequest {
  return {
    method: 'POST',
    path: '/',
    params: Object.fromEntries(params.map((value, i) => [String(i), value])),
    query: new URLSearchParams(query),
    headers: {},
    body: Buffer.from(body),
  };
}

describe('a rule of google.api.http', () => {
  const pause = bindHttp({ post: '/v2/{name=projects/*/queues/*}:pause', body: '*' });
  const update = bindHttp({ patch: '/v2/{big_queue.name=projects/*/queues/*}', body: 'big_queue' });
  const list = bindHttp({ get: '/v2/{parent=projects/*}/queues' });

  test('gives the verb and the path as the router takes it', () => {
    expect([pause.verb, pause.path]).toEqual(['POST', '/v2/projects/{0}/queues/{1}:pause']);
    expect([list.verb, list.path]).toEqual(['GET', '/v2/projects/{0}/queues']);
  });

  test('puts the name from the path into the request, over what the body says', () => {
    expect(pause.toJson(request(['p', 'q'], '{"name":"other","x":1}'))).toEqual({
      name: 'projects/p/queues/q',
      x: 1,
    });
  });

  test('puts the body where the rule says, and the name inside it', () => {
    const json = update.toJson(request(['p', 'q'], '{"rate":5}', 'updateMask=rate&alt=json'));
    expect(json).toEqual({ big_queue: { rate: 5, name: 'projects/p/queues/q' }, updateMask: 'rate' });
  });

  test('reads the query: lists, nested fields, and none of the parameters that every API knows', () => {
    expect(list.toJson(request(['p'], '', 'pageSize=2&a.b=1&a.c=2&id=x&id=y&prettyPrint=false'))).toEqual({
      parent: 'projects/p',
      pageSize: '2',
      a: { b: '1', c: '2' },
      id: ['x', 'y'],
    });
  });

  test('tells the path of a request that came another way', () => {
    expect(pause.pathOf({ name: 'projects/p/queues/q' })).toBe('/v2/projects/p/queues/q:pause');
    expect(update.pathOf({ bigQueue: { name: 'projects/p/queues/q' } })).toBe('/v2/projects/p/queues/q');
    expect(list.pathOf({})).toBe('/v2//queues');
  });
});
