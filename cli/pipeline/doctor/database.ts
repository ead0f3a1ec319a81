// The Firestore database: that there is one, of the right kind, and that the functions run beside it.
import { z } from 'zod';
import { fitRegion, MULTI_REGIONS } from '../../deploy/regions.ts';
import type { Apis } from '../../provision/parts.ts';
import type { Connection } from '../connect.ts';
import type { Check } from './finding.ts';

const databaseSchema = z.object({ locationId: z.string(), type: z.string() });

export function databaseCheck({ config }: Connection, api: NonNullable<Apis['firestore']>): Check {
  const { project, region } = config;
  return {
    area: 'Firestore',
    role: 'roles/datastore.viewer',
    async look(say) {
      const found = await api.get(`/v1/projects/${project}/databases/(default)`);
      if (found === undefined) {
        const create = `gcloud firestore databases create --location ${region} --project ${project}`;
        return [say('error', 'there is no database (default)', create)];
      }
      const { locationId, type } = databaseSchema.parse(found);
      if (type !== 'FIRESTORE_NATIVE') {
        const remedy = 'events come from databases in native mode alone: use another project';
        return [say('error', `the database is in ${type.toLowerCase().replaceAll('_', ' ')} mode`, remedy)];
      }
      const fit = fitRegion(region, locationId);
      if (fit.fits) return [say('ok', `the database is in ${locationId}, and the functions in ${region}`)];
      const near = MULTI_REGIONS[locationId]?.[0] ?? locationId;
      const remedy = `set SYNC_REGION=${near} in functions/.env.${project}, provision and deploy`;
      return [say(fit.isError ? 'error' : 'warning', fit.message, remedy)];
    },
  };
}
