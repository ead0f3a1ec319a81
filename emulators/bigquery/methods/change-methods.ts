// The two methods that change a resource: PATCH merges what is given into it, PUT puts it in its place.
import type { HttpReply, HttpRequest } from '../../shared/http.ts';
import type { Metadata } from '../catalog.ts';
import type { Context, Method } from '../context.ts';
import { mergeMetadata } from '../merge-metadata.ts';

export type Apply = (old: Metadata, given: Metadata) => Metadata;

export function changeMethods(
  resource: string,
  path: string,
  change: (context: Context, request: HttpRequest, apply: Apply) => Promise<HttpReply>,
): readonly Method[] {
  const method = (name: string, verb: Method['verb'], apply: Apply): Method => ({
    name: `${resource}.${name}`,
    verb,
    path,
    handle: (context, request) => change(context, request, apply),
  });
  return [
    method('patch', 'PATCH', mergeMetadata),
    method('update', 'PUT', (_, given) => mergeMetadata({}, given)),
  ];
}
