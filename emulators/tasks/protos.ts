// The services of the API, from the descriptor that Google's client package ships, and the two small things that it
// leaves out: the service that lists locations, and the detail that some errors carry.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { DescriptorNode } from '../shared/proto/descriptor.ts';
import { findNode } from '../shared/proto/descriptor.ts';
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

const HELP: DescriptorNode = {
  fields: { links: { rule: 'repeated', type: 'Link', id: 1 } },
  nested: {
    Link: { fields: { description: { type: 'string', id: 1 }, url: { type: 'string', id: 2 } } },
  },
};

/** https://github.com/googleapis/googleapis/blob/master/google/cloud/location/locations.proto */
const LOCATION: DescriptorNode = {
  nested: {
    Locations: {
      methods: {
        ListLocations: {
          requestType: 'ListLocationsRequest',
          responseType: 'ListLocationsResponse',
          parsedOptions: [{ '(google.api.http)': { get: '/v2/{name=projects/*}/locations' } }],
        },
        GetLocation: {
          requestType: 'GetLocationRequest',
          responseType: 'Location',
          parsedOptions: [{ '(google.api.http)': { get: '/v2/{name=projects/*/locations/*}' } }],
        },
      },
    },
    ListLocationsRequest: {
      fields: {
        name: { type: 'string', id: 1 },
        filter: { type: 'string', id: 2 },
        pageSize: { type: 'int32', id: 3 },
        pageToken: { type: 'string', id: 4 },
      },
    },
    ListLocationsResponse: {
      fields: {
        locations: { rule: 'repeated', type: 'Location', id: 1 },
        nextPageToken: { type: 'string', id: 2 },
      },
    },
    GetLocationRequest: { fields: { name: { type: 'string', id: 1 } } },
    Location: { fields: { name: { type: 'string', id: 1 }, locationId: { type: 'string', id: 4 } } },
  },
};

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
  const root = JSON.parse(
    readFileSync(path.join(build, 'build/protos/protos.json'), 'utf8'),
  ) as DescriptorNode;
  const google = root.nested!['google']!;
  const { cloud, rpc } = google.nested!;
  const nested = {
    ...google.nested,
    cloud: { ...cloud, nested: { ...cloud!.nested, location: LOCATION } },
    rpc: { ...rpc, nested: { ...rpc!.nested, Help: HELP } },
  };
  return { nested: { google: { nested } } };
}
