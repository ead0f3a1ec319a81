// Deletes a dataset; one with tables only when `deleteContents` is set.
import { datasetName } from '../catalog.ts';
import type { Method } from '../context.ts';
import { ApiError } from '../errors.ts';
import { datasetOf, projectOf, isTrue } from '../request.ts';

export const datasetsDelete: Method = {
  name: 'datasets.delete',
  verb: 'DELETE',
  path: '/projects/{project}/datasets/{dataset}',
  async handle({ catalog, storage }, request) {
    const [projectId, datasetId] = [projectOf(request), datasetOf(request)];
    await storage.change(async (session) => {
      const dataset = catalog.getDataset(projectId, datasetId);
      if (dataset.tables.size > 0 && !isTrue(request.query.get('deleteContents')))
        throw new ApiError(
          400,
          'resourceInUse',
          `Dataset ${datasetName(projectId, datasetId)} is still in use`,
        );
      catalog.removeDataset(dataset);
      await storage.dropSchema(session, projectId, datasetId);
    });
    return { status: 204 };
  },
};
