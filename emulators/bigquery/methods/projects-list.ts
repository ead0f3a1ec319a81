// Lists the projects that have datasets.
import { etagOf } from '../catalog.ts';
import type { Method } from '../context.ts';

export const projectsList: Method = {
  name: 'projects.list',
  verb: 'GET',
  path: '/projects',
  handle({ catalog }) {
    const ids = [...new Set(catalog.all().map(({ projectId }) => projectId))];
    return {
      body: {
        kind: 'bigquery#projectList',
        etag: etagOf('projects', ids.length),
        projects: ids.map((id) => ({
          kind: 'bigquery#project',
          id,
          numericId: '0',
          projectReference: { projectId: id },
          friendlyName: id,
        })),
        totalItems: ids.length,
      },
    };
  },
};
