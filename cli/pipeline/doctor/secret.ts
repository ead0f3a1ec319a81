// The pseudonymisation secret: that there is one, that it can be used, and, where the caller may read it, that it is a
// proper key. Its value is never printed.
import path from 'node:path';
import { z } from 'zod';
import { readSecretFile } from '../../../emulators/functions/env-files.ts';
import { KeyError, parseKeyring } from '../../../functions/steps/pseudonym-key.ts';
import { SECRET } from '../../deploy/plan.ts';
import { ApiError } from '../../provision/part.ts';
import type { Apis } from '../../provision/parts.ts';
import type { Connection } from '../connect.ts';
import type { Check, Finding, Say } from './finding.ts';

const FUNCTIONS = path.join(import.meta.dirname, '..', '..', '..', 'functions');

const versionSchema = z.object({ name: z.string(), state: z.string() });
const payloadSchema = z.object({ payload: z.object({ data: z.base64() }) });

export function secretCheck({ config, project }: Connection, { cloud }: Apis): Check {
  const judge = (say: Say, value: string, where: string): Finding => {
    try {
      const scope = { project: config.bigqueryProject, dataset: config.dataset };
      const { active, all } = parseKeyring(value, scope, config.pseudonymMode);
      return say(
        'ok',
        `${where}: ${all.length === 1 ? 'one key' : `${all.length} keys`}, version ${active.version} in use`,
      );
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      return say('error', `${where}: ${error.message}`, SET);
    }
  };

  return {
    area: 'Secret',
    role: 'roles/secretmanager.viewer',
    async look(say) {
      if (!cloud) {
        const value = process.env[SECRET] ?? readSecretFile(FUNCTIONS)[SECRET];
        return [
          value === undefined
            ? say('ok', `${SECRET} is not set: each run of the suite makes its own`)
            : judge(
                say,
                value,
                `${SECRET} of ${process.env[SECRET] === undefined ? 'functions/.secret.local' : 'the environment'}`,
              ),
        ];
      }
      const api = cloud('https://secretmanager.googleapis.com');
      const secret = `/v1/projects/${project}/secrets/${SECRET}`;
      if ((await api.get(secret)) === undefined) return [say('error', `${SECRET} does not exist`, SET)];
      const latest = await api.get(`${secret}/versions/latest`);
      if (latest === undefined) return [say('error', `${SECRET} has no version`, SET)];
      const { name, state } = versionSchema.parse(latest);
      const version = name.split('/').at(-1);
      if (state !== 'ENABLED') {
        const enable = `gcloud secrets versions enable ${version} --secret ${SECRET} --project ${project}`;
        return [
          say('error', `the newest version of ${SECRET}, ${version}, is ${state.toLowerCase()}`, enable),
        ];
      }
      try {
        const { payload } = payloadSchema.parse(await api.get(`${secret}/versions/${version}:access`));
        return [
          judge(say, Buffer.from(payload.data, 'base64').toString('utf8'), `${SECRET}, version ${version}`),
        ];
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 403)) throw error;
        return [
          say('ok', `${SECRET} has an enabled version, ${version}`),
          say(
            'unknown',
            'whether it is a proper key: you may not read it',
            'nothing, unless events fail: the functions check it before they insert anything',
          ),
        ];
      }
    },
  };
}

const SET = `openssl rand -base64 48 | firebase functions:secrets:set ${SECRET} --data-file -, and deploy again`;
