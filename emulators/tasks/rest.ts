// The REST side: each method under the paths that the descriptor gives it, in JSON.
import type { HttpReply, HttpRequest, Route } from '../shared/http.ts';
import { DropConnection } from '../shared/http.ts';
import { Dropped } from '../shared/faulty-call.ts';
import { createProtoJson } from '../shared/proto/proto-json.ts';
import { StatusError, toStatusError } from '../shared/status.ts';
import { callMethod } from './methods.ts';
import type { MethodContext } from './methods.ts';
import { APIS, descriptorRoot } from './protos.ts';
import type { Api } from './protos.ts';
import { unimplemented, UNSUPPORTED_PATHS } from './unsupported.ts';

export function createRoutes(context: MethodContext): Route[] {
  const refused = Object.entries(UNSUPPORTED_PATHS).map(([key, name]): Route => {
    const [method, path] = key.split(' ') as [string, string];
    return {
      method,
      path,
      handle() {
        throw unimplemented(name);
      },
    };
  });
  const routes = APIS.flatMap((api) => routesOf(api, context));
  return [...refused, ...routes, ...routes.flatMap(aliases)];
}

function routesOf({ packageName, methods }: Api, context: MethodContext): Route[] {
  const json = createProtoJson(descriptorRoot, packageName);
  return methods.map(({ name, requestType, responseType, binding }) => ({
    method: binding.verb,
    path: binding.path,
    async handle(request) {
      const message = json.fromJson(requestType, binding.toJson(request));
      const response = await callMethod(context, name, binding.pathOf(message), message);
      return { body: json.toJson(responseType, response) };
    },
  }));
}

/** firebase-admin leaves the version out when it talks to an emulator; clients ask for locations in version 1. */
function aliases(route: Route): Route[] {
  if (!route.path.startsWith('/v2/')) return [];
  const bare = route.path.slice('/v2'.length);
  const paths = bare.includes('/queues') ? [bare] : [bare, `/v1${bare}`];
  return paths.map((path) => ({ ...route, path }));
}

/** Google's error form; a dropped call has none. */
export function onError(error: unknown): HttpReply {
  if (error instanceof Dropped) throw new DropConnection();
  const { httpStatus, message, status, details } = toStatusError(error);
  const shown = details.length > 0 ? { details } : {};
  return { status: httpStatus, body: { error: { code: httpStatus, message, status, ...shown } } };
}

export function onNotFound({ method, path }: HttpRequest): HttpReply {
  return onError(new StatusError('NOT_FOUND', `Method not found: ${method} ${path}`));
}
