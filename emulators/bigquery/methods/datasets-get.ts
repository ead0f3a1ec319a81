// Shows a dataset; `datasetView=METADATA` leaves out who may use it.
import type { Method } from '../context.ts';
import { withoutConditions } from '../dataset-metadata.ts';
import { datasetOf, projectOf } from '../request.ts';
import { datasetResource } from '../resources.ts';

export const datasetsGet: Method = {
  name: 'datasets.get',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}',
  handle({ catalog, origin }, request) {
    const dataset = catalog.getDataset(projectOf(request), datasetOf(request));
    const { access, ...rest } = withoutConditions(datasetResource(dataset, origin()), request);
    return { body: request.query.get('datasetView') === 'METADATA' ? rest : { ...rest, access } };
  },
};
