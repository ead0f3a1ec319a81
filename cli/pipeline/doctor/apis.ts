// The APIs that a project must have enabled, and the tasks' service account, which a deploy does not make.
import { z } from 'zod';
import type { Apis } from '../../provision/parts.ts';
import type { Connection } from '../connect.ts';
import type { Check } from './finding.ts';

/** What runs, and what `firebase deploy` needs to bring it there. */
export const NEEDED_APIS = [
  'firestore',
  'bigquery',
  'cloudtasks',
  'cloudfunctions',
  'run',
  'eventarc',
  'pubsub',
  'cloudscheduler',
  'secretmanager',
  'cloudbuild',
  'artifactregistry',
  'iam',
  'logging',
  'monitoring',
] as const;

const servicesSchema = z.object({
  services: z.array(z.object({ name: z.string(), state: z.string() })).default([]),
});

export function apisCheck({ project }: Connection, cloud: NonNullable<Apis['cloud']>): Check {
  return {
    area: 'APIs',
    role: 'roles/serviceusage.serviceUsageViewer',
    async look(say) {
      const names = NEEDED_APIS.map((name) => `names=projects/${project}/services/${name}.googleapis.com`);
      const answer = await cloud('https://serviceusage.googleapis.com').get(
        `/v1/projects/${project}/services:batchGet?${names.join('&')}`,
      );
      const { services } = servicesSchema.parse(answer ?? {});
      const enabled = new Set(
        services.filter(({ state }) => state === 'ENABLED').map(({ name }) => name.split('/').at(-1)),
      );
      const missing = NEEDED_APIS.map((name) => `${name}.googleapis.com`).filter(
        (name) => !enabled.has(name),
      );
      return [
        missing.length === 0
          ? say('ok', `all ${NEEDED_APIS.length} are enabled`)
          : say(
              'error',
              `${missing.length} not enabled: ${missing.join(', ')}`,
              `gcloud services enable ${missing.join(' ')} --project ${project}`,
            ),
      ];
    },
  };
}
