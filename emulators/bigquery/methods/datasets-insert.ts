// Creates an empty dataset.
import { checkDatasetId } from '../catalog.ts';
import type { Method } from '../context.ts';
import { invalid } from '../errors.ts';
import { jsonBody, projectOf, recordOf } from '../request.ts';
import { datasetResource } from '../resources.ts';

export const datasetsInsert: Method = {
  name: 'datasets.insert',
  verb: 'POST',
  path: '/projects/{project}/datasets',
  async handle({ catalog, storage, origin }, request) {
    const projectId = projectOf(request);
    const { datasetReference, kind: _, etag: __, id: ___, selfLink: ____, ...metadata } = jsonBody(request);
    const { datasetId } = recordOf(datasetReference);
    if (typeof datasetId !== 'string' || datasetId === '')
      throw invalid('Required parameter is missing: datasetId');
    checkDatasetId(datasetId);
    const dataset = await storage.change(async (session) => {
      await storage.createSchema(session, projectId, datasetId);
      return catalog.addDataset(projectId, datasetId, metadata);
    });
    return { body: datasetResource(dataset, origin()) };
  },
};
