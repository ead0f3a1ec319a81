// Lists, shows and deletes the functions that were made by SQL; making them over REST is not served.
import { etagOf } from '../catalog.ts';
import type { Dataset, Routine } from '../catalog.ts';
import type { Context, Method } from '../context.ts';
import { notFound } from '../errors.ts';
import type { HttpRequest } from '../../shared/http.ts';
import { datasetOf, pageOf, pageRequest, projectOf } from '../request.ts';
import { standardDataType } from '../sql/ddl/standard-data-type.ts';

const LIST = '/projects/{project}/datasets/{dataset}/routines';
const ONE = `${LIST}/{routine}`;

function find({ catalog }: Context, request: HttpRequest): { dataset: Dataset; routine: Routine } {
  const dataset = catalog.getDataset(projectOf(request), datasetOf(request));
  const name = request.params['routine']!;
  const routine = dataset.routines.get(name);
  if (!routine) throw notFound(`Routine ${dataset.projectId}:${dataset.datasetId}.${name}`);
  return { dataset, routine };
}

function summary({ projectId, datasetId }: Dataset, { name, createdMs, ...rest }: Routine) {
  return {
    etag: etagOf(`${projectId}:${datasetId}.${name}`, createdMs),
    routineReference: { projectId, datasetId, routineId: name },
    routineType: rest.kind ?? 'SCALAR_FUNCTION',
    language: 'SQL',
    creationTime: String(createdMs),
    lastModifiedTime: String(createdMs),
  };
}

function resource(dataset: Dataset, routine: Routine) {
  const { parameters, returns, body } = routine;
  return {
    ...summary(dataset, routine),
    ...(parameters.length > 0
      ? {
          arguments: parameters.map(({ name, type, mode }) => ({
            name,
            ...(mode ? { mode } : {}),
            ...(/^ANY\b/i.test(type) ? { argumentKind: 'ANY_TYPE' } : { dataType: standardDataType(type) }),
          })),
        }
      : {}),
    ...(returns === undefined ? {} : { returnType: standardDataType(returns) }),
    definitionBody: body,
  };
}

export const routinesList: Method = {
  name: 'routines.list',
  verb: 'GET',
  path: LIST,
  handle({ catalog }, request) {
    const dataset = catalog.getDataset(projectOf(request), datasetOf(request));
    const routines = [...dataset.routines.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextPageToken } = pageOf(routines, pageRequest(request.query));
    return {
      body: {
        ...(items.length > 0 ? { routines: items.map((routine) => summary(dataset, routine)) } : {}),
        ...(nextPageToken ? { nextPageToken } : {}),
      },
    };
  },
};

export const routinesGet: Method = {
  name: 'routines.get',
  verb: 'GET',
  path: ONE,
  handle(context, request) {
    const { dataset, routine } = find(context, request);
    return { body: resource(dataset, routine) };
  },
};

export const routinesDelete: Method = {
  name: 'routines.delete',
  verb: 'DELETE',
  path: ONE,
  async handle(context, request) {
    const { dataset, routine } = find(context, request);
    await context.storage.change(async () => dataset.routines.delete(routine.name));
    return { status: 204 };
  },
};
