// The deployed functions: that each is there and active, and that nobody but the tasks' account may call the retry
// function. Locally the suite says what it serves.
import { z } from 'zod';
import { RETRY_FUNCTION } from '../../../functions/config.ts';
import type { Apis } from '../../provision/parts.ts';
import type { Connection } from '../connect.ts';
import type { Check, Finding, Say } from './finding.ts';

const functionSchema = z.object({
  state: z.string(),
  serviceConfig: z.object({ service: z.string() }).optional(),
});

export const policySchema = z.object({
  bindings: z.array(z.object({ role: z.string(), members: z.array(z.string()).default([]) })).default([]),
});

export function functionsCheck(
  { config, project }: Connection,
  cloud: NonNullable<Apis['cloud']>,
  names: readonly string[],
): Check {
  const { region, tasksServiceAccount } = config;
  const deploy = `npm run deploy -- --project ${project}`;
  const deployed = `/v2/projects/${project}/locations/${region}/functions`;
  return {
    area: 'Functions',
    role: 'roles/cloudfunctions.viewer',
    async look(say) {
      const api = cloud('https://cloudfunctions.googleapis.com');
      const found = await Promise.all(
        names.map(async (name) => ({ name, answer: await api.get(`${deployed}/${name}`) })),
      );
      const missing = found.filter(({ answer }) => answer === undefined);
      const there = found
        .filter(({ answer }) => answer !== undefined)
        .map(({ name, answer }) => ({ name, ...functionSchema.parse(answer) }));
      const inactive = there.filter(({ state }) => state !== 'ACTIVE');
      const retry = there.find(({ name }) => name === RETRY_FUNCTION);
      return [
        ...(missing.length + inactive.length === 0
          ? [say('ok', `all ${names.length} are deployed and active`)]
          : []),
        ...missing.map(({ name }) => say('error', `${name} is not deployed in ${region}`, deploy)),
        ...inactive.map(({ name, state }) => say('error', `${name} is ${state.toLowerCase()}`, deploy)),
        ...(retry?.serviceConfig ? await judgeInvokers(say, retry.serviceConfig.service) : []),
      ];
    },
  };

  async function judgeInvokers(say: Say, service: string): Promise<Finding[]> {
    const answer = await cloud('https://run.googleapis.com').get(`/v2/${service}:getIamPolicy`);
    const { bindings } = policySchema.parse(answer ?? {});
    const invokers = bindings
      .filter(({ role }) => role === 'roles/run.invoker')
      .flatMap(({ members }) => members);
    const account = `serviceAccount:${tasksServiceAccount}`;
    const [id, location] = [service.split('/').at(-1), `--region ${region} --project ${project}`];
    const command = (verb: string, member: string) =>
      `gcloud run services ${verb}-iam-policy-binding ${id} ${location} --role roles/run.invoker --member ${member}`;
    const open = invokers.filter((member) => member === 'allUsers' || member === 'allAuthenticatedUsers');
    return [
      ...open.map((member) =>
        say('error', `${RETRY_FUNCTION} may be called by ${member}`, command('remove', member)),
      ),
      invokers.includes(account)
        ? say('ok', `${RETRY_FUNCTION} may be called by ${tasksServiceAccount}`)
        : say(
            'error',
            `${tasksServiceAccount} may not call ${RETRY_FUNCTION}, unless the project lets it: tasks get 403`,
            command('add', account),
          ),
    ];
  }
}

/** The Cloud Run service that a deploy makes for a function. */
export function serviceOf(name: string, project: string, region: string): string {
  return `projects/${project}/locations/${region}/services/${name.toLowerCase().replaceAll('_', '-')}`;
}

/** What a deploy would find: the exports that describe a function, but for those that a param leaves out. */
export async function deployedNames(): Promise<readonly string[]> {
  const exported: object = await import('../../../functions/index.ts');
  return Object.entries(exported)
    .filter(([, value]) => isDeployed((value as { __endpoint?: { omit?: unknown } } | undefined)?.__endpoint))
    .map(([name]) => name);
}

function isDeployed(endpoint: { omit?: unknown } | undefined): boolean {
  if (endpoint === undefined) return false;
  const { omit } = endpoint;
  const isExpression =
    typeof omit === 'object' && omit !== null && 'value' in omit && typeof omit.value === 'function';
  return !(isExpression ? (omit as { value(): unknown }).value() : omit);
}
