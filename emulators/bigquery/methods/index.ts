// Every API method that is served, the hot one first.
import type { Method } from '../context.ts';
import { datasetsChange } from './datasets-change.ts';
import { datasetsDelete } from './datasets-delete.ts';
import { datasetsGet } from './datasets-get.ts';
import { datasetsInsert } from './datasets-insert.ts';
import { datasetsList } from './datasets-list.ts';
import { modelsList, rowAccessPoliciesList } from './empty-lists.ts';
import { getQueryResults } from './get-query-results.ts';
import { getServiceAccount } from './get-service-account.ts';
import { getIamPolicy, setIamPolicy, testIamPermissions } from './iam.ts';
import { insertAll } from './insert-all.ts';
import { jobsCancel } from './jobs-cancel.ts';
import { jobsDelete } from './jobs-delete.ts';
import { jobsGet } from './jobs-get.ts';
import { jobsInsert } from './jobs-insert.ts';
import { jobsList } from './jobs-list.ts';
import { projectsList } from './projects-list.ts';
import { query } from './query.ts';
import { ROUTINES } from './routines.ts';
import { tabledataList } from './tabledata-list.ts';
import { tablesChange } from './tables-change.ts';
import { tablesDelete } from './tables-delete.ts';
import { tablesGet } from './tables-get.ts';
import { tablesInsert } from './tables-insert.ts';
import { tablesList } from './tables-list.ts';
import { upload, uploadResume } from './upload.ts';

export const METHODS: readonly Method[] = [
  insertAll,
  query,
  getQueryResults,
  jobsInsert,
  jobsList,
  jobsGet,
  jobsCancel,
  jobsDelete,
  tabledataList,
  tablesGet,
  tablesInsert,
  tablesList,
  ...tablesChange,
  tablesDelete,
  datasetsGet,
  datasetsInsert,
  datasetsList,
  ...datasetsChange,
  datasetsDelete,
  ...ROUTINES,
  getIamPolicy,
  setIamPolicy,
  testIamPermissions,
  modelsList,
  rowAccessPoliciesList,
  projectsList,
  getServiceAccount,
  upload,
  uploadResume,
];

/** Parts of the API that are known and not served: they answer 501 with their name. */
export const UNSUPPORTED: readonly (readonly [pattern: RegExp, feature: string])[] = [
  [/\/models(\/|$)/, 'Models'],
  [/\/rowAccessPolicies(\/|$)/, 'Row access policies'],
  [/:(get|set|testIam)(IamPolicy|Permissions)$/, 'IAM policies other than of tables'],
];
