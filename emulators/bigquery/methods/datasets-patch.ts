// Changes the metadata of a dataset: PATCH merges, PUT replaces.
import type { Metadata } from '../catalog.ts';
import { checkEtag } from '../catalog.ts';
import type { Context, Method } from '../context.ts';
import { mergeMetadata } from '../merge-metadata.ts';
import { datasetOf, jsonBody, projectOf } from '../request.ts';
import { datasetEtag, datasetResource } from '../resources.ts';
import type { HttpReply, HttpRequest } from '../../shared/http.ts';

const path = '/projects/{project}/datasets/{dataset}';

async function change(
  { catalog, storage, origin }: Context,
  request: HttpRequest,
  apply: (old: Metadata, given: Metadata) => Metadata,
): Promise<HttpReply> {
  const { etag, kind: _, id: __, selfLink: ___, datasetReference: ____, ...given } = jsonBody(request);
  const dataset = catalog.getDataset(projectOf(request), datasetOf(request));
  checkEtag(etag ?? request.headers['if-match'], datasetEtag(dataset));
  await storage.change(async () => {
    dataset.metadata = apply(dataset.metadata, given);
    catalog.touch(dataset);
  });
  return { body: datasetResource(dataset, origin()) };
}

export const datasetsPatch: Method = {
  name: 'datasets.patch',
  verb: 'PATCH',
  path,
  handle: (context, request) => change(context, request, mergeMetadata),
};

export const datasetsUpdate: Method = {
  name: 'datasets.update',
  verb: 'PUT',
  path,
  handle: (context, request) => change(context, request, (_, given) => mergeMetadata({}, given)),
};
