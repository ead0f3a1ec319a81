// Metrics, alert policies and dashboards against a server that keeps the contracts of Google's: lists come in pages, names
// are given by the service, what is a default is left out, a mask says what a patch changes.
// https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics
// https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies
// https://cloud.google.com/monitoring/api/ref_dashboards/rest/v1/projects.dashboards
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { closeServer, listen } from '../../emulators/shared/http.ts';
import { createApi } from './api.ts';
import { createMonitoringParts, readWantedResources, type Resource } from './monitoring.ts';
import { ApiError, type AnyPart, type Change } from './part.ts';

const PROJECT = 'projects/demo';
const PAGE = 3;

class Google {
  readonly things: Record<'metrics' | 'alertPolicies' | 'dashboards', Map<string, Record<string, unknown>>> =
    {
      metrics: new Map(),
      alertPolicies: new Map(),
      dashboards: new Map(),
    };
  readonly changes: string[] = [];
  /** Answers all changes with it. */
  refusal: { readonly status: number; readonly message: string } | undefined;
  #next = 1;

  answer(method: string, url: URL, body: Record<string, unknown>): [number, unknown] {
    const [, version, path] = /^\/(v\d)\/(.*)$/.exec(url.pathname) ?? [];
    const kind = (['metrics', 'alertPolicies', 'dashboards'] as const).find((name) =>
      path?.startsWith(`${PROJECT}/${name}`),
    );
    if (!kind || version !== { metrics: 'v2', alertPolicies: 'v3', dashboards: 'v1' }[kind]) return [404, {}];
    const things = this.things[kind];
    const id = path!.slice(`${PROJECT}/${kind}/`.length);
    if (method === 'GET') return [200, this.#page(kind, url.searchParams.get('pageToken'))];
    this.changes.push(`${method} ${kind}`);
    if (this.refusal) {
      const { status, message } = this.refusal;
      return [status, { error: { code: status, message } }];
    }
    switch (method) {
      case 'POST': {
        const name = kind === 'metrics' ? String(body['name']) : `${PROJECT}/${kind}/${this.#next++}`;
        const key = kind === 'metrics' ? name : name.split('/').at(-1)!;
        if (things.has(key)) return [409, { error: { message: 'exists' } }];
        things.set(key, { ...asStored(body), name, etag: `"${this.#next}"` });
        return [200, things.get(key)];
      }
      case 'PUT': {
        if (kind !== 'metrics' || !things.has(id)) return [404, {}];
        things.set(id, asStored(body));
        return [200, things.get(id)];
      }
      case 'PATCH': {
        const before = things.get(id);
        if (!before || kind === 'metrics') return [404, {}];
        const mask = url.searchParams.get('updateMask')?.split(',');
        if (kind === 'alertPolicies' && !mask) return [400, { error: { message: 'no mask' } }];
        if (kind === 'dashboards' && body['etag'] !== before['etag'])
          return [409, { error: { message: 'etag' } }];
        const set = mask ? Object.fromEntries(mask.map((field) => [field, body[field]])) : body;
        things.set(id, asStored({ ...(mask ? before : { name: before['name'] }), ...set }));
        return [200, things.get(id)];
      }
      default:
        return [405, {}];
    }
  }

  #page(kind: keyof Google['things'], token: string | null): unknown {
    const from = Number(token ?? 0);
    const all = [...this.things[kind].values()];
    const page = all.slice(from, from + PAGE);
    const more = from + PAGE < all.length ? { nextPageToken: String(from + PAGE) } : {};
    return page.length === 0 ? {} : { [kind]: page, ...more };
  }
}

/** Conditions get names; numbers that are 0, texts that are empty and lists without items are left out. */
function asStored(body: Record<string, unknown>): Record<string, unknown> {
  const tidy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(tidy);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== 0 && item !== '' && !(Array.isArray(item) && item.length === 0))
        .map(([key, item]) => [key, tidy(item)]),
    );
  };
  const stored = tidy(body) as Record<string, unknown>;
  const { conditions } = stored;
  if (!Array.isArray(conditions)) return stored;
  return { ...stored, conditions: conditions.map((one: object, i) => ({ name: `condition-${i}`, ...one })) };
}

let google: Google;
let server: http.Server;
let parts: readonly AnyPart[];

beforeEach(async () => {
  google = new Google();
  server = http.createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      const [status, answer] = google.answer(request.method!, new URL(request.url!, 'http://google'), body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  const api = createApi(`http://127.0.0.1:${await listen(server, 0)}`, async () => ({}));
  parts = createMonitoringParts({ logging: api, monitoring: api }, 'demo');
});
afterEach(() => closeServer(server));

/** Plans every part and makes its steps. Resolves to what was planned. */
async function provision(): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const part of parts) {
    const { steps } = await part.plan();
    for (const step of steps) {
      changes.push(...step.changes);
      await step.apply?.();
    }
  }
  return changes;
}
const made = (changes: readonly Change[]) => changes.filter(({ kind }) => kind !== 'leave');
const [policy] = readWantedResources('alerts');
const find = (alert: string) =>
  [...google.things.alertPolicies.entries()].find(
    ([, { userLabels }]) => (userLabels as Record<string, string>)?.['alert'] === alert,
  )!;

describe('provisioning', () => {
  test('makes every metric, then the dashboard, then every alert', async () => {
    const files = (kind: 'metrics' | 'alerts' | 'dashboards') => readWantedResources(kind).length;
    await provision();
    expect(google.changes).toEqual([
      ...Array<string>(files('metrics')).fill('POST metrics'),
      ...Array<string>(files('dashboards')).fill('POST dashboards'),
      ...Array<string>(files('alerts')).fill('POST alertPolicies'),
    ]);
    expect(google.things.metrics.size).toBeGreaterThan(PAGE); // their list has pages
  });

  test('changes nothing the second time, and says of each alert without a channel that it tells nobody', async () => {
    await provision();
    google.changes.length = 0;
    const changes = await provision();
    expect(google.changes).toEqual([]);
    expect(made(changes)).toEqual([]);
    expect(changes).toHaveLength(readWantedResources('alerts').length);
    expect(changes[0]).toMatchObject({ kind: 'leave', from: 'no notification channel' });
  });

  test.each([
    ['metrics', 'bigquery_sync_missing', 'description', 'PUT metrics'],
    ['alertPolicies', undefined, 'displayName', 'PATCH alertPolicies'],
    ['dashboards', undefined, 'mosaicLayout', 'PATCH dashboards'],
  ] as const)(
    'brings one of the %s back by one call, when somebody changed it',
    async (kind, key, field, call) => {
      await provision();
      google.changes.length = 0;
      const id = key ?? [...google.things[kind].keys()][0]!;
      const before = google.things[kind].get(id)!;
      const other = kind === 'dashboards' ? { columns: 12 } : 'something else';
      google.things[kind].set(id, { ...before, [field]: other });
      expect(made(await provision())).toMatchObject([{ kind: 'set', to: field }]);
      expect(google.changes).toEqual([call]);
      expect(google.things[kind].get(id)?.[field]).toEqual(before[field]);
    },
  );

  test('keeps what is for people to set: whom an alert tells, and whether it is on', async () => {
    await provision();
    const [id, before] = find('stale');
    google.things.alertPolicies.set(id, {
      ...before,
      enabled: false,
      notificationChannels: ['projects/demo/notificationChannels/1'],
      severity: 'WARNING',
    });
    expect(made(await provision())).toMatchObject([{ what: 'alert policy stale', to: 'severity' }]);
    expect(google.things.alertPolicies.get(id)).toMatchObject({
      enabled: false,
      notificationChannels: ['projects/demo/notificationChannels/1'],
      severity: 'ERROR',
    });
  });

  test('takes no alert, metric or dashboard of somebody else for ours', async () => {
    const theirs: Resource = { displayName: policy!['displayName'], name: `${PROJECT}/alertPolicies/theirs` };
    google.things.alertPolicies.set('theirs', { ...theirs });
    const board = { displayName: 'BigQuery sync', name: `${PROJECT}/dashboards/theirs` };
    google.things.dashboards.set('theirs', board);
    google.things.metrics.set('theirs', { name: 'theirs', filter: 'x' });
    await provision();
    await provision();
    expect(google.things.alertPolicies.get('theirs')).toEqual(theirs);
    expect(google.things.dashboards.get('theirs')).toEqual(board);
    expect(google.things.metrics.get('theirs')).toEqual({ name: 'theirs', filter: 'x' });
    expect(google.things.dashboards.size).toBe(2);
  });

  test('fails with what Google says when it may not, and goes on where it stopped when it may', async () => {
    google.refusal = { status: 403, message: 'Permission logging.logMetrics.create denied' };
    await expect(provision()).rejects.toThrow(/403 Permission logging\.logMetrics\.create denied/);
    google.refusal = undefined;
    await provision();
    expect(made(await provision())).toEqual([]);
  });

  test('says to wait when alerts do not know a metric yet that was just made', async () => {
    for (const part of parts.slice(0, 2)) {
      for (const step of (await part.plan()).steps) await step.apply?.();
    }
    google.refusal = { status: 404, message: 'Cannot find metric' };
    const refused = await provision().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect((refused as ApiError).message).toContain('provision again in ten minutes');
  });
});
