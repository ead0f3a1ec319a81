// Functions and procedures in SQL: made, listed, shown, replaced and deleted over REST.
import type { HttpRequest } from '../../shared/http.ts';
import { checkEtag } from '../catalog.ts';
import type { Dataset, Routine } from '../catalog.ts';
import type { Context, Method } from '../context.ts';
import { alreadyExists, invalid, notFound } from '../errors.ts';
import { datasetOf, jsonBody, pageOf, pageRequest, projectOf, recordOf, textOf } from '../request.ts';
import { routineEtag, routineOf, routineResource, routineSummary } from '../routine-resource.ts';

const LIST = '/projects/{project}/datasets/{dataset}/routines';
const ONE = `${LIST}/{routine}`;

const datasetIn = ({ catalog }: Context, request: HttpRequest) =>
  catalog.getDataset(projectOf(request), datasetOf(request));

const nameOf = ({ projectId, datasetId }: Dataset, name: string) =>
  `Routine ${projectId}:${datasetId}.${name}`;

function find(context: Context, request: HttpRequest): { dataset: Dataset; routine: Routine } {
  const dataset = datasetIn(context, request);
  const name = request.params['routine']!;
  const routine = dataset.routines.get(name);
  if (!routine) throw notFound(nameOf(dataset, name));
  return { dataset, routine };
}

const routinesInsert: Method = {
  name: 'routines.insert',
  verb: 'POST',
  path: LIST,
  async handle(context, request) {
    const dataset = datasetIn(context, request);
    const body = jsonBody(request);
    const name = textOf(recordOf(body['routineReference'])['routineId']);
    if (!name) throw invalid('Required parameter is missing: routineId');
    if (dataset.routines.has(name)) throw alreadyExists(nameOf(dataset, name));
    const routine = routineOf(name, body, context.clock.now());
    await context.storage.change(async () => dataset.routines.set(name, routine));
    return { body: routineResource(dataset, routine) };
  },
};

const routinesUpdate: Method = {
  name: 'routines.update',
  verb: 'PUT',
  path: ONE,
  async handle(context, request) {
    const { dataset, routine } = find(context, request);
    const body = jsonBody(request);
    checkEtag(body['etag'] ?? request.headers['if-match'], routineEtag(dataset, routine));
    const changed = routineOf(routine.name, body, context.clock.now(), routine);
    await context.storage.change(async () => dataset.routines.set(routine.name, changed));
    return { body: routineResource(dataset, changed) };
  },
};

const routinesList: Method = {
  name: 'routines.list',
  verb: 'GET',
  path: LIST,
  handle(context, request) {
    const dataset = datasetIn(context, request);
    const routines = [...dataset.routines.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextPageToken } = pageOf(routines, pageRequest(request.query));
    return {
      body: {
        ...(items.length > 0 ? { routines: items.map((routine) => routineSummary(dataset, routine)) } : {}),
        ...(nextPageToken ? { nextPageToken } : {}),
      },
    };
  },
};

const routinesGet: Method = {
  name: 'routines.get',
  verb: 'GET',
  path: ONE,
  handle(context, request) {
    const { dataset, routine } = find(context, request);
    return { body: routineResource(dataset, routine) };
  },
};

const routinesDelete: Method = {
  name: 'routines.delete',
  verb: 'DELETE',
  path: ONE,
  async handle(context, request) {
    const { dataset, routine } = find(context, request);
    await context.storage.change(async () => dataset.routines.delete(routine.name));
    return { status: 204 };
  },
};

export const ROUTINES: readonly Method[] = [
  routinesList,
  routinesInsert,
  routinesGet,
  routinesUpdate,
  routinesDelete,
];
