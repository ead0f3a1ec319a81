// Changes the metadata of a dataset.
import { checkEtag } from '../catalog.ts';
import { checkConditions, datasetMetadata } from '../dataset-metadata.ts';
import { datasetOf, jsonBody, projectOf } from '../request.ts';
import { datasetEtag, datasetResource } from '../resources.ts';
import { changeMethods } from './change-methods.ts';

export const datasetsChange = changeMethods(
  'datasets',
  '/projects/{project}/datasets/{dataset}',
  async ({ catalog, storage, origin }, request, apply) => {
    const body = jsonBody(request);
    const given = datasetMetadata(body);
    checkConditions(given, request);
    const dataset = catalog.getDataset(projectOf(request), datasetOf(request));
    checkEtag(body['etag'] ?? request.headers['if-match'], datasetEtag(dataset));
    await storage.change(async () => {
      dataset.metadata = apply(dataset.metadata, given);
      catalog.touch(dataset);
    });
    return { body: datasetResource(dataset, origin()) };
  },
);
