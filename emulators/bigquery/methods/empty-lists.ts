// Lists of what cannot be made here: they are empty, and that is the truth.
import type { Method } from '../context.ts';
import { datasetOf, projectOf, tableRefOf } from '../request.ts';

export const modelsList: Method = {
  name: 'models.list',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}/models',
  handle({ catalog }, request) {
    catalog.getDataset(projectOf(request), datasetOf(request));
    return { body: {} };
  },
};

export const rowAccessPoliciesList: Method = {
  name: 'rowAccessPolicies.list',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}/tables/{table}/rowAccessPolicies',
  handle({ catalog }, request) {
    catalog.getTable(tableRefOf(request));
    return { body: {} };
  },
};
