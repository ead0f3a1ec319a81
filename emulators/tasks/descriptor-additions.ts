// What Google's client package leaves out of its descriptor: the service that lists locations, the detail that some
// errors carry, and what v2 has got since from v2beta3, so that newer clients are refused by name and not ignored.
import type { DescriptorNode, MethodDescriptor } from '../shared/proto/descriptor.ts';

type Nested = Readonly<Record<string, DescriptorNode>>;

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

export function withAdditions(root: DescriptorNode): DescriptorNode {
  const google = root.nested!['google']!.nested!;
  const cloud = google['cloud']!.nested!;
  const tasks = cloud['tasks']!.nested!;
  const v2 = withNewer(tasks['v2']!.nested!, tasks['v2beta3']!.nested!);
  const nested: Nested = {
    ...google,
    cloud: { nested: { location: LOCATION, tasks: { nested: { ...tasks, v2: { nested: v2 } } } } },
    rpc: { nested: { ...google['rpc']!.nested, Help: HELP } },
  };
  return { nested: { google: { nested } } };
}

function withNewer(v2: Nested, beta: Nested): Nested {
  const { Queue, Task, CloudTasks } = v2;
  const newer = Object.entries(beta['CloudTasks']!.methods!).map(
    ([name, method]) => [name, fromBeta(method)] as const,
  );
  const httpTarget = { type: 'google.cloud.tasks.v2beta3.HttpTarget', id: 10 };
  const retryConfig = { type: 'RetryConfig', id: 12 };
  return {
    ...v2,
    Queue: { ...Queue, fields: { ...Queue!.fields, httpTarget } },
    Task: { ...Task, fields: { ...Task!.fields, retryConfig } },
    CloudTasks: { methods: { ...Object.fromEntries(newer), ...CloudTasks!.methods } },
  };
}

function fromBeta({ requestType, responseType, parsedOptions = [] }: MethodDescriptor): MethodDescriptor {
  const full = (type: string) => (type.includes('.') ? type : `google.cloud.tasks.v2beta3.${type}`);
  const options = JSON.stringify(parsedOptions).replaceAll('/v2beta3/', '/v2/');
  return {
    requestType: full(requestType),
    responseType: full(responseType),
    parsedOptions: JSON.parse(options) as NonNullable<MethodDescriptor['parsedOptions']>,
  };
}
