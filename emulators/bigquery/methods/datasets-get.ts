// Shows a dataset.
import type { Method } from '../context.ts';
import { datasetOf, projectOf } from '../request.ts';
import { datasetResource } from '../resources.ts';

export const datasetsGet: Method = {
  name: 'datasets.get',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}',
  handle({ catalog, origin }, request) {
    return { body: datasetResource(catalog.getDataset(projectOf(request), datasetOf(request)), origin()) };
  },
};
