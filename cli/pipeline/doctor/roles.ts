// The service accounts of the functions and what they are granted, held against the list of cli/iam: on the thing itself
// or on the project above it. What is granted beyond the list is not looked for.
import { z } from 'zod';
import { SECRET } from '../../deploy/plan.ts';
import {
  ACCOUNTS,
  CUSTOM_ROLES,
  isCustom,
  type Account,
  type Grant,
  type Resource,
} from '../../iam/roles.ts';
import type { Api } from '../../provision/api.ts';
import { ApiError } from '../../provision/part.ts';
import type { Apis } from '../../provision/parts.ts';
import type { Connection } from '../connect.ts';
import type { Check, Finding, Say } from './finding.ts';
import { policySchema, serviceOf } from './functions.ts';

/** Members by role. */
type Policy = ReadonlyMap<string, ReadonlySet<string>>;

/** Whoever has one of these on a project may do all that the list speaks of. */
const ALL_POWERFUL = ['roles/owner', 'roles/editor'];

/** As datasets call them; their access lists know these names only. */
const DATASET_ROLES: Readonly<Record<string, string>> = {
  READER: 'roles/bigquery.dataViewer',
  WRITER: 'roles/bigquery.dataEditor',
  OWNER: 'roles/bigquery.dataOwner',
};

const accessSchema = z.object({
  access: z
    .array(
      z.object({
        role: z.string().optional(),
        userByEmail: z.string().optional(),
        iamMember: z.string().optional(),
      }),
    )
    .default([]),
});

export function rolesCheck(
  { config, project }: Connection,
  cloud: NonNullable<Apis['cloud']>,
  functions: readonly string[],
): Check {
  const { bigqueryProject, dataset, region, queue, tasksServiceAccount } = config;
  const script = `npm run --silent pipeline -- iam --script --project ${project} | bash`;
  const emailOf = (id: string) => `${id}@${project}.iam.gserviceaccount.com`;
  const iam = cloud('https://iam.googleapis.com');

  /** One policy per thing, read when it is first asked for. */
  const policies = new Map<string, Promise<Policy>>();
  const policyOf = (key: string, read: () => Promise<Policy>): Promise<Policy> => {
    const policy = policies.get(key) ?? read();
    policies.set(key, policy);
    return policy;
  };
  const ofProject = (name: string) =>
    policyOf(name, () =>
      post(cloud('https://cloudresourcemanager.googleapis.com'), `/v1/projects/${name}:getIamPolicy`),
    );
  const READ: Readonly<Record<Resource, (functionName: string) => Promise<Policy>>> = {
    project: () => ofProject(project),
    'project of the dataset': () => ofProject(bigqueryProject),
    dataset: () =>
      policyOf('dataset', async () => {
        const path = `/bigquery/v2/projects/${bigqueryProject}/datasets/${dataset}`;
        return toDatasetPolicy(await cloud('https://bigquery.googleapis.com').get(path));
      }),
    queue: () =>
      policyOf('queue', () => {
        const path = `/v2/projects/${project}/locations/${region}/queues/${queue}:getIamPolicy`;
        return post(cloud('https://cloudtasks.googleapis.com'), path);
      }),
    secret: () =>
      policyOf('secret', async () => {
        const path = `/v1/projects/${project}/secrets/${SECRET}:getIamPolicy`;
        return toPolicy(await cloud('https://secretmanager.googleapis.com').get(path));
      }),
    'account of the tasks': () =>
      policyOf('account', () =>
        post(iam, `/v1/projects/${project}/serviceAccounts/${tasksServiceAccount}:getIamPolicy`),
      ),
    service: (name) =>
      policyOf(name, async () => {
        const service = serviceOf(name, project, region);
        return toPolicy(await cloud('https://run.googleapis.com').get(`/v2/${service}:getIamPolicy`));
      }),
  };

  async function isGranted({ role, on }: Grant, member: string, functionName: string): Promise<boolean> {
    const names = isCustom(role)
      ? [
          `projects/${project}/roles/${role}`,
          `projects/${bigqueryProject}/roles/${role}`,
          CUSTOM_ROLES[role].insteadOf,
        ]
      : [role];
    const above = on === 'dataset' || on === 'project of the dataset' ? bigqueryProject : project;
    const [own, inherited] = [await READ[on](functionName), await ofProject(above)];
    const has = (policy: Policy, name: string) => policy.get(name)?.has(member) === true;
    return (
      names.some((name) => has(own, name) || has(inherited, name)) ||
      ALL_POWERFUL.some((name) => has(inherited, name))
    );
  }

  async function judge(say: Say, { id, runs, grants }: Account): Promise<Finding> {
    const email = emailOf(id);
    if ((await iam.get(`/v1/projects/${project}/serviceAccounts/${email}`)) === undefined) {
      return say('error', `${email} does not exist`, script);
    }
    const functionName = functions.find((name) => runs.test(name))!;
    // What a deploy grants is looked at with the functions.
    const listed = grants.filter(({ byDeploy }) => !byDeploy);
    const granted = await Promise.all(
      listed.map((grant) => isGranted(grant, `serviceAccount:${email}`, functionName)),
    );
    const missing = listed.filter((_, i) => !granted[i]).map(({ role, on }) => `${role} on the ${on}`);
    return missing.length === 0
      ? say('ok', `${id} has its ${listed.length} grants`)
      : say('error', `${id} lacks ${missing.join(', ')}`, script);
  }

  return {
    area: 'Roles',
    role: 'roles/iam.securityReviewer',
    async look(say) {
      const used = ACCOUNTS.filter(({ runs }) => functions.some((name) => runs.test(name)));
      const findings = await Promise.all(used.map((account) => judge(say, account)));
      const tasks = await iam.get(`/v1/projects/${project}/serviceAccounts/${tasksServiceAccount}`);
      return [
        ...findings,
        tasks === undefined
          ? say('error', `${tasksServiceAccount}, whose token the tasks carry, does not exist`, script)
          : say('ok', `${tasksServiceAccount.replace(/@.*/, '')} is there for the tasks`),
      ];
    },
  };
}

/** A thing that is not there grants nothing; that it is missing is said elsewhere. */
async function post(api: Api, path: string): Promise<Policy> {
  const answer = await api.post(path, {}).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return {};
    throw error;
  });
  return toPolicy(answer);
}

function toPolicy(answer: unknown): Policy {
  const policy = new Map<string, Set<string>>();
  for (const { role, members } of policySchema.parse(answer ?? {}).bindings) {
    policy.set(role, new Set([...(policy.get(role) ?? []), ...members]));
  }
  return policy;
}

function toDatasetPolicy(answer: unknown): Policy {
  const bindings = accessSchema.parse(answer ?? {}).access.flatMap(({ role, userByEmail, iamMember }) => {
    const member = iamMember ?? (userByEmail === undefined ? undefined : `serviceAccount:${userByEmail}`);
    return role === undefined || member === undefined
      ? []
      : [{ role: DATASET_ROLES[role] ?? role, members: [member] }];
  });
  return toPolicy({ bindings });
}
