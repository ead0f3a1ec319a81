// A method of a service under the path that its `google.api.http` rule gives it.
import type { HttpRequest } from '../http.ts';
import type { HttpRule } from './descriptor.ts';
import type { Json } from './proto-json.ts';
import type { JsonObject } from './rest-request.ts';
import { parseBody, parseQuery } from './rest-request.ts';

export interface HttpBinding {
  readonly verb: string;
  /** As the router takes it: `/v2/projects/{0}/locations/{1}/queues/{2}:pause`. */
  readonly path: string;
  /** The JSON form of the request message. */
  toJson(request: HttpRequest): JsonObject;
  /** The path that a request message would have over REST, whatever the transport it came by. */
  pathOf(message: object): string;
}

/** Rules with one variable, which is all that the emulated services have. */
export function bindHttp(rule: HttpRule): HttpBinding {
  const verb = (['get', 'post', 'patch', 'delete'] as const).find((name) => rule[name] !== undefined)!;
  const [, before, variable, pattern, after] = /^(.*)\{([\w.]+)=([^}]+)\}(.*)$/.exec(rule[verb]!)!;
  const fields = variable!.split('.');
  let count = 0;
  return {
    verb: verb.toUpperCase(),
    path: before! + pattern!.replace(/\*/g, () => `{${count++}}`) + after!,
    toJson(request) {
      const body = parseBody(request.body);
      const json: Record<string, Json> = { ...parseQuery(request.query) };
      if (rule.body === '*') Object.assign(json, body);
      else if (rule.body !== undefined) json[rule.body] = body;
      let index = 0;
      const value = pattern!.replace(/\*/g, () => request.params[index++]!);
      return withField(json, fields, value);
    },
    pathOf(message) {
      const value = fields.reduce<unknown>(
        (inside, name) => (inside as Record<string, unknown> | undefined)?.[toCamelCase(name)],
        message,
      );
      return `${before}${typeof value === 'string' ? value : ''}${after}`;
    },
  };
}

function withField(json: JsonObject, [name, ...rest]: readonly string[], value: string): JsonObject {
  if (rest.length === 0) return { ...json, [name!]: value };
  return { ...json, [name!]: withField((json[name!] ?? {}) as JsonObject, rest, value) };
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
