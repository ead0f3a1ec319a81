// The part of the Admin API that provisioning speaks, over REST: the database, its composite indexes, and what single
// fields have of indexes and TTL policies. The rest of it answers 501.
// https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.collectionGroups.indexes
import { z } from 'zod';
import type { HttpReply, HttpRequest, Route } from '../../shared/http.ts';
import { parseBody } from '../../shared/proto/rest-request.ts';
import { invalidArgument, StatusError } from '../../shared/status.ts';
import { authorize } from '../authorize.ts';
import type { Service } from '../service.ts';
import type { Index, IndexSettings } from './index-settings.ts';

const DATABASE = '/v1/projects/{project}/databases/{database}';
const GROUP = `${DATABASE}/collectionGroups/{group}`;

/** By name, or, as Google's clients send them, by number: 0 is no choice. */
const protoEnum = <const Name extends string>(...names: Name[]) =>
  z.preprocess((value) => (typeof value === 'number' ? names[value - 1] : value), z.enum(names));

const indexSchema = z.object({
  queryScope: protoEnum('COLLECTION', 'COLLECTION_GROUP', 'COLLECTION_RECURSIVE'),
  fields: z
    .array(
      z
        .object({
          fieldPath: z.string().min(1),
          order: protoEnum('ASCENDING', 'DESCENDING').exactOptional(),
          arrayConfig: protoEnum('CONTAINS').exactOptional(),
        })
        .refine((field) => (field.order === undefined) !== (field.arrayConfig === undefined)),
    )
    .min(1)
    .max(100),
});

const fieldSchema = z.object({
  indexConfig: z.object({ indexes: z.array(indexSchema).default([]) }).exactOptional(),
  ttlConfig: z.object({}).exactOptional(),
});

export function adminRoutes(service: Service, settings: IndexSettings): readonly Route[] {
  const route = (method: string, path: string, handle: (request: HttpRequest) => object): Route => ({
    method,
    path,
    handle(request): HttpReply {
      authorize(service, request.headers.authorization).administer('the admin API');
      return { body: handle(request) };
    },
  });

  return [
    route('GET', DATABASE, (request) => ({
      name: databaseOf(request),
      locationId: 'local',
      type: 'FIRESTORE_NATIVE',
      concurrencyMode: 'PESSIMISTIC',
    })),
    route('POST', `${GROUP}/indexes`, (request) => {
      const index = settings.create(groupOf(request), parse(indexSchema, request));
      return done(request, { '@type': typeUrl('Index'), ...toIndex(index) });
    }),
    route('GET', `${GROUP}/indexes`, (request) => ({
      indexes: settings.list(groupOf(request)).map(toIndex),
    })),
    route('GET', `${GROUP}/indexes/{index}`, (request) => {
      const name = `${groupOf(request)}/indexes/${request.params['index']}`;
      const index = settings.list(groupOf(request)).find((one) => one.name === name);
      if (!index) throw new StatusError('NOT_FOUND', 'Requested entity was not found.');
      return toIndex(index);
    }),
    route('GET', `${GROUP}/fields/{field}`, (request) => toField(settings, fieldOf(request))),
    route('PATCH', `${GROUP}/fields/{field}`, (request) => {
      const { indexConfig, ttlConfig } = parse(fieldSchema, request);
      const mask = request.query.get('updateMask')?.split(',') ?? ['indexConfig', 'ttlConfig'];
      const unknown = mask.find((path) => path !== 'indexConfig' && path !== 'ttlConfig');
      if (unknown !== undefined) throw invalidArgument('Invalid update mask: want indexConfig or ttlConfig.');
      settings.setField(fieldOf(request), {
        ...(mask.includes('indexConfig') ? { indexes: indexConfig?.indexes ?? null } : {}),
        ...(mask.includes('ttlConfig') ? { ttl: ttlConfig !== undefined } : {}),
      });
      return done(request, { '@type': typeUrl('Field'), ...toField(settings, fieldOf(request)) });
    }),
  ];
}

function databaseOf({ params }: HttpRequest): string {
  return `projects/${params['project']}/databases/${params['database']}`;
}

const groupOf = (request: HttpRequest) =>
  `${databaseOf(request)}/collectionGroups/${request.params['group']}`;
const fieldOf = (request: HttpRequest) => `${groupOf(request)}/fields/${request.params['field']}`;
const typeUrl = (message: string) => `type.googleapis.com/google.firestore.admin.v1.${message}`;

function parse<Schema extends z.ZodType>(schema: Schema, { body }: HttpRequest): z.output<Schema> {
  const parsed = schema.safeParse(parseBody(body));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw invalidArgument(`Invalid value at '${path.join('.')}': ${message}`);
}

const toIndex = (index: Index) => ({ ...index, state: 'READY' });

function toField(settings: IndexSettings, name: string): object {
  const { indexes, isDefault, ttl } = settings.field(name);
  const ancestor = {
    usesAncestorConfig: true,
    ancestorField: name.replace(/collectionGroups\/.*$/, 'collectionGroups/__default__/fields/*'),
  };
  return {
    name,
    indexConfig: { indexes: indexes.map(toIndex), ...(isDefault ? ancestor : {}) },
    ...(ttl ? { ttlConfig: { state: 'ACTIVE' } } : {}),
  };
}

/** A long-running operation that has run. */
function done(request: HttpRequest, response: object): object {
  return { name: `${databaseOf(request)}/operations/local`, done: true, response };
}
