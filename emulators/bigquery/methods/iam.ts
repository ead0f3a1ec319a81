// IAM policies of tables and views: kept and shown, never enforced. Whoever asks may do everything.
import { checkEtag, etagOf, tableName } from '../catalog.ts';
import type { Metadata, Table } from '../catalog.ts';
import type { Method } from '../context.ts';
import { jsonBody, recordOf, tableRefOf } from '../request.ts';

const path = '/projects/{project}/datasets/{dataset}/tables/{table}';

/** Every policy that was never set has this one, as in the service. */
const NEVER_SET = { etag: 'ACAB' };

const policyOf = (table: Table): Metadata => table.policy ?? NEVER_SET;

export const getIamPolicy: Method = {
  name: 'tables.getIamPolicy',
  verb: 'POST',
  path: `${path}:getIamPolicy`,
  handle: ({ catalog }, request) => ({ body: policyOf(catalog.getTable(tableRefOf(request))) }),
};

export const setIamPolicy: Method = {
  name: 'tables.setIamPolicy',
  verb: 'POST',
  path: `${path}:setIamPolicy`,
  async handle({ catalog, storage }, request) {
    const { etag, ...policy } = recordOf(jsonBody(request)['policy']);
    const table = catalog.getTable(tableRefOf(request));
    const before = policyOf(table);
    checkEtag(etag, String(before['etag']));
    const changed = etagOf(`${tableName(table.ref)}/${String(before['etag'])}`, 0);
    await storage.change(async () => {
      table.policy = { version: 1, ...policy, etag: changed };
    });
    return { body: policyOf(table) };
  },
};

export const testIamPermissions: Method = {
  name: 'tables.testIamPermissions',
  verb: 'POST',
  path: `${path}:testIamPermissions`,
  handle({ catalog }, request) {
    catalog.getTable(tableRefOf(request));
    const { permissions } = jsonBody(request);
    return { body: { permissions: Array.isArray(permissions) ? permissions.flat() : [] } };
  },
};
