// Log-based metrics, alert policies and dashboards as parts of the set-up: the files of monitoring/ say how they should be.
// What somebody else made is never looked at, and nothing is deleted; whether a policy is enabled, and whom it tells, is
// for people to set, and stays.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Api } from './api.ts';
import { ApiError, definePart, type AnyPart, type Change, type Step } from './part.ts';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'monitoring');
const PAGE_SIZE = 200;

/** The mark by which an alert policy is ours; one name for each. */
const MADE_BY = 'firestore-bigquery-pipeline';
const DASHBOARD_MARK = 'made-by-firestore-bigquery-pipeline';

/** One file of monitoring/, as the API takes it. */
export type Resource = Readonly<Record<string, unknown>>;

export function readWantedResources(kind: 'metrics' | 'alerts' | 'dashboards'): readonly Resource[] {
  return readdirSync(path.join(FOLDER, kind))
    .toSorted()
    .map((file) => resource.parse(JSON.parse(readFileSync(path.join(FOLDER, kind, file), 'utf8'))));
}

const resource = z.record(z.string(), z.unknown());
const named = z.looseObject({ name: z.string() });

interface Edit {
  readonly wanted: Resource;
  /** What is there; undefined for one that has to be made. */
  readonly found: Resource | undefined;
}

/** How one kind of thing is listed, told apart, made and changed. */
interface Kind {
  readonly part: string;
  readonly what: string;
  readonly folder: Parameters<typeof readWantedResources>[0];
  readonly roles: AnyPart['roles'];
  /** Path of the collection, and the field of its pages. */
  readonly collection: string;
  readonly listed: string;
  /** Only what we made; undefined for what is somebody else's. */
  readonly idOf: (found: Resource) => string | undefined;
  readonly nameOf: (wanted: Resource) => string;
  /** Fields that are for people to set: given once, when it is made. */
  readonly once: readonly string[];
  readonly change: (edit: { readonly wanted: Resource; readonly found: Resource }) => Promise<unknown>;
  /** Said of each that was found, whatever the files say. */
  readonly remark?: (found: Resource) => Change | undefined;
}

export interface MonitoringApis {
  readonly logging: Api;
  readonly monitoring: Api;
}

export function createMonitoringParts(
  { logging, monitoring }: MonitoringApis,
  project: string,
): readonly AnyPart[] {
  const metrics: Kind = {
    part: 'Log-based metrics',
    what: 'metric',
    folder: 'metrics',
    roles: { read: 'roles/logging.viewer', change: 'roles/logging.configWriter' },
    collection: `/v2/projects/${project}/metrics`,
    listed: 'metrics',
    idOf: ({ name }) => String(name),
    nameOf: ({ name }) => String(name),
    once: [],
    change: ({ wanted }) => logging.put(`/v2/projects/${project}/metrics/${String(wanted['name'])}`, wanted),
  };
  const policies: Kind = {
    part: 'Alert policies',
    what: 'alert policy',
    folder: 'alerts',
    roles: { read: 'roles/monitoring.viewer', change: 'roles/monitoring.alertPolicyEditor' },
    collection: `/v3/projects/${project}/alertPolicies`,
    listed: 'alertPolicies',
    idOf: ({ userLabels }) => {
      const labels = resource.safeParse(userLabels).data;
      return labels?.['made-by'] === MADE_BY ? String(labels['alert']) : undefined;
    },
    nameOf: ({ userLabels }) => String(resource.parse(userLabels)['alert']),
    once: ['enabled', 'notificationChannels'],
    change: ({ wanted, found }) => {
      const body = without(wanted, ['enabled', 'notificationChannels']);
      const mask = Object.keys(body).join(',');
      return monitoring.patch(`/v3/${named.parse(found).name}?updateMask=${mask}`, body);
    },
    remark: (found) => {
      const channels = z.array(z.string()).safeParse(found['notificationChannels']).data ?? [];
      if (channels.length > 0) return undefined;
      return {
        kind: 'leave',
        what: String(found['displayName']),
        from: 'no notification channel',
        why: 'it tells nobody',
        remedy: 'add a channel in Cloud Monitoring: provisioning keeps it',
      };
    },
  };
  const dashboards: Kind = {
    part: 'Dashboards',
    what: 'dashboard',
    folder: 'dashboards',
    roles: { read: 'roles/monitoring.viewer', change: 'roles/monitoring.dashboardEditor' },
    collection: `/v1/projects/${project}/dashboards`,
    listed: 'dashboards',
    idOf: ({ labels, displayName }) => {
      const marks = resource.safeParse(labels).data ?? {};
      return Object.hasOwn(marks, DASHBOARD_MARK) ? String(displayName) : undefined;
    },
    nameOf: ({ displayName }) => String(displayName),
    once: [],
    change: ({ wanted, found }) => {
      const { name } = named.parse(found);
      return monitoring.patch(`/v1/${name}`, { ...wanted, name, etag: found['etag'] });
    },
  };
  // Alerts last: for some minutes they may not know a metric that is new.
  return [createPart(logging, metrics), createPart(monitoring, dashboards), createPart(monitoring, policies)];
}

function createPart(api: Api, kind: Kind): AnyPart {
  return definePart<readonly Resource[], Edit>({
    name: kind.part,
    roles: kind.roles,
    read: () => list(api, kind),
    diff: (found) => diffResources(kind, found, readWantedResources(kind.folder)),
    async apply({ wanted, found }) {
      try {
        await (found ? kind.change({ wanted, found }) : api.post(kind.collection, wanted));
        return undefined;
      } catch (error) {
        // A new metric is known to alert policies some minutes after it was made.
        const isNew = error instanceof ApiError && error.status === 404 && kind.what === 'alert policy';
        if (!isNew) throw error;
        const { status } = error;
        throw new ApiError(kind.nameOf(wanted), status, 'its metric is new; provision again in ten minutes', {
          cause: error,
        });
      }
    },
  });
}

async function list(api: Api, { collection, listed }: Kind): Promise<readonly Resource[]> {
  const found: Resource[] = [];
  for (let token = ''; ;) {
    const more = token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const page = resource.parse((await api.get(`${collection}?pageSize=${PAGE_SIZE}${more}`)) ?? {});
    found.push(...z.array(resource).parse(page[listed] ?? []));
    token = z.string().parse(page['nextPageToken'] ?? '');
    if (token === '') return found;
  }
}

export function diffResources(
  { what, idOf, nameOf, once, remark }: Pick<Kind, 'what' | 'idOf' | 'nameOf' | 'once' | 'remark'>,
  found: readonly Resource[],
  wanted: readonly Resource[],
): readonly Step<Edit>[] {
  const byId = new Map(found.map((one) => [idOf(one), one]));
  return wanted.flatMap((one): readonly Step<Edit>[] => {
    const name = nameOf(one);
    const present = byId.get(name);
    if (!present) {
      const create: Change = { kind: 'create', what: `${what} ${name}` };
      return [{ changes: [create], edit: { wanted: one, found: undefined } }];
    }
    const differing = Object.keys(without(one, once)).filter((key) => !holds(present[key], one[key]));
    const set: Change = { kind: 'set', what: `${what} ${name}`, to: differing.join(', ') };
    const remarked = remark?.(present);
    return [
      ...(differing.length > 0 ? [{ changes: [set], edit: { wanted: one, found: present } }] : []),
      ...(remarked ? [{ changes: [remarked] }] : []),
    ];
  });
}

/** Whether what the service holds says all that is wanted. It adds names and times, and leaves out what is a default. */
function holds(found: unknown, wanted: unknown): boolean {
  if (found === undefined || found === null) return isDefault(wanted);
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((item, i) => holds(found[i], item))
    );
  }
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  const values = resource.safeParse(found).data;
  return values !== undefined && Object.entries(wanted).every(([key, value]) => holds(values[key], value));
}

function isDefault(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  if (value === '0s') return true;
  return typeof value === 'object' && Object.values(value).every(isDefault);
}

function without(wanted: Resource, keys: readonly string[]): Resource {
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => !keys.includes(key)));
}
