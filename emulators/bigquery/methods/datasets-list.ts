// Lists the datasets of a project, by name; `filter` takes labels: `labels.team:x labels.env`.
import type { Dataset } from '../catalog.ts';
import { datasetName } from '../catalog.ts';
import type { Method } from '../context.ts';
import { invalid } from '../errors.ts';
import { pageOf, pageRequest, projectOf, recordOf } from '../request.ts';
import { etagOf } from '../catalog.ts';
import { LOCATION } from '../resources.ts';

function matches(dataset: Dataset, filter: string): boolean {
  const labels = recordOf(dataset.metadata['labels']);
  return filter
    .trim()
    .split(/\s+(?:AND\s+)?/)
    .every((term) => {
      const match = /^labels\.([^:]+)(?::(.*))?$/.exec(term);
      if (!match) throw invalid(`Invalid filter: ${filter}`);
      const value = labels[match[1]!];
      return match[2] === undefined || match[2] === '*' || match[2] === ''
        ? value !== undefined
        : value === match[2];
    });
}

export const datasetsList: Method = {
  name: 'datasets.list',
  verb: 'GET',
  path: '/projects/{project}/datasets',
  handle({ catalog }, request) {
    const projectId = projectOf(request);
    const filter = request.query.get('filter');
    const datasets = catalog
      .datasets(projectId)
      .filter((dataset) => !filter || matches(dataset, filter))
      .toSorted((a, b) => (a.datasetId < b.datasetId ? -1 : 1));
    const { items, nextPageToken } = pageOf(datasets, pageRequest(request.query));
    return {
      body: {
        kind: 'bigquery#datasetList',
        etag: etagOf(projectId, datasets.length),
        ...(nextPageToken ? { nextPageToken } : {}),
        ...(items.length > 0 ? { datasets: items.map(listed) } : {}),
      },
    };
  },
};

function listed(dataset: Dataset) {
  const { projectId, datasetId, metadata } = dataset;
  const { labels, friendlyName } = metadata;
  return {
    kind: 'bigquery#dataset',
    id: datasetName(projectId, datasetId),
    datasetReference: { projectId, datasetId },
    location: metadata['location'] ?? LOCATION,
    ...(labels === undefined ? {} : { labels }),
    ...(friendlyName === undefined ? {} : { friendlyName }),
  };
}
