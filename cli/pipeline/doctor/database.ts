// The Firestore database: that there is one, of the right kind, and that the functions run beside it.
import { z } from 'zod';
import type { Apis } from '../../provision/parts.ts';
import type { Connection } from '../connect.ts';
import type { Check } from './finding.ts';

const databaseSchema = z.object({ locationId: z.string(), type: z.string() });

/** Regions that hold the data of a multi-region database. https://cloud.google.com/firestore/docs/locations */
const REGIONS_OF: Readonly<Record<string, readonly string[]>> = {
  nam5: ['us-central1', 'us-east1'],
  nam7: ['us-central1', 'us-east4'],
  eur3: ['europe-west1', 'europe-west4'],
};

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
      const near = REGIONS_OF[locationId] ?? [locationId];
      return [
        near.includes(region)
          ? say('ok', `the database is in ${locationId}, and the functions in ${region}`)
          : say(
              'warning',
              `the database is in ${locationId}, and the functions in ${region}: each event crosses regions`,
              `set SYNC_REGION=${near[0]} in functions/.env.${project}, provision and deploy`,
            ),
      ];
    },
  };
}
