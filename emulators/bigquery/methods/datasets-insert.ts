// Creates an empty dataset.
import { checkDatasetId } from '../catalog.ts';
import type { Method } from '../context.ts';
import { checkConditions, datasetMetadata } from '../dataset-metadata.ts';
import { invalid } from '../errors.ts';
import { jsonBody, projectOf, recordOf, withoutNulls } from '../request.ts';
import { datasetResource } from '../resources.ts';

export const datasetsInsert: Method = {
  name: 'datasets.insert',
  verb: 'POST',
  path: '/projects/{project}/datasets',
  async handle({ catalog, storage, origin }, request) {
    const projectId = projectOf(request);
    const body = withoutNulls(jsonBody(request));
    const { datasetId } = recordOf(body['datasetReference']);
    if (typeof datasetId !== 'string' || datasetId === '')
      throw invalid('Required parameter is missing: datasetId');
    checkDatasetId(datasetId);
    const metadata = datasetMetadata(body);
    checkConditions(metadata, request);
    const dataset = await storage.change(async (session) => {
      await storage.createSchema(session, projectId, datasetId);
      return catalog.addDataset(projectId, datasetId, metadata);
    });
    return { body: datasetResource(dataset, origin()) };
  },
};
