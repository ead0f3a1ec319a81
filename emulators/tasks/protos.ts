// The services of the API, from the descriptor that Google's client package ships.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { DescriptorNode } from '../shared/proto/descriptor.ts';
import { findNode } from '../shared/proto/descriptor.ts';
import { withAdditions } from './descriptor-additions.ts';
import { bindHttp } from '../shared/proto/http-binding.ts';
import type { HttpBinding } from '../shared/proto/http-binding.ts';

export interface Api {
  /** The package; also the one in whose scope the names of messages are read. */
  readonly packageName: string;
  readonly service: string;
  readonly methods: readonly ApiMethod[];
}

export interface ApiMethod {
  readonly name: string;
  readonly requestType: string;
  readonly responseType: string;
  readonly binding: HttpBinding;
}

export const descriptorRoot = readDescriptor();

export const APIS: readonly Api[] = [
  toApi('google.cloud.tasks.v2', 'CloudTasks'),
  toApi('google.cloud.tasks.v2beta3', 'CloudTasks'),
  toApi('google.cloud.location', 'Locations'),
];

function toApi(packageName: string, name: string): Api {
  const service = `${packageName}.${name}`;
  const { methods = {} } = findNode(descriptorRoot, service)!;
  return {
    packageName,
    service,
    methods: Object.entries(methods).map(([key, { requestType, responseType, parsedOptions = [] }]) => {
      const rule = parsedOptions.find((option) => option['(google.api.http)'])!['(google.api.http)']!;
      return { name: key, requestType, responseType, binding: bindHttp(rule) };
    }),
  };
}

/** The package keeps the file beside its code, and out of its `exports`. */
function readDescriptor(): DescriptorNode {
  const client = createRequire(path.join(import.meta.dirname, 'protos.ts')).resolve('@google-cloud/tasks');
  const build = client.slice(0, client.lastIndexOf(`${path.sep}build${path.sep}`));
  const text = readFileSync(path.join(build, 'build/protos/protos.json'), 'utf8');
  return withAdditions(JSON.parse(text) as DescriptorNode);
}
