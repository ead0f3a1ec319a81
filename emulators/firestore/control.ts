// The endpoints under /emulator/v1 that firebase-tools and test suites use. They need no authorization.
import path from 'node:path';
import { z } from 'zod';
import type { HttpReply, HttpRequest, Route } from '../shared/http.ts';
import { invalidArgument, StatusError } from '../shared/status.ts';
import { exportDatabases } from './export/export-databases.ts';
import { parseDatabaseName } from './names.ts';
import { formatIssue } from './rules/issues.ts';
import type { Service } from './service.ts';

/** A registration as firebase-tools sends it: which function wants to hear of which documents. */
export interface TriggerRegistration {
  readonly project: string;
  /** `<region>-<name>-<generation>`; registering it again replaces it. */
  readonly key: string;
  readonly kind: 'eventarc' | 'v1';
  readonly definition: unknown;
}

/** All databases of the project are exported, also when the request names one of them in `database`. */
const exportRequest = z.object({ export_directory: z.string().min(1), export_name: z.string().min(1) });

const rulesRequest = z.object({
  ignore_errors: z.boolean().default(false),
  rules: z.object({
    files: z.tuple([z.object({ name: z.string().min(1).default('firestore.rules'), content: z.string() })]),
  }),
});

export interface ControlContext {
  readonly service: Service;
  readonly onTrigger: (registration: TriggerRegistration) => void;
}

export function controlRoutes({ service, onTrigger }: ControlContext): readonly Route[] {
  const registerEventarc = (request: HttpRequest): HttpReply => {
    const key = request.query.get('eventarcTriggerId');
    if (!key) throw invalidArgument('The query parameter "eventarcTriggerId" is missing.');
    const definition = jsonOf(request);
    onTrigger({ project: request.params['project']!, key, kind: 'eventarc', definition });
    return { body: definition };
  };
  const registerV1 = (request: HttpRequest): HttpReply => {
    const { project, key } = request.params;
    onTrigger({ project: project!, key: key!, kind: 'v1', definition: jsonOf(request) });
    return { body: {} };
  };
  const clear = ({ params }: HttpRequest): HttpReply => {
    service.clear(`projects/${params['project']}/databases/${params['database']}`);
    return { body: {} };
  };
  const exportProject = async (request: HttpRequest): Promise<HttpReply> => {
    const wanted = exportRequest.safeParse(jsonOf(request));
    if (!wanted.success) throw invalidArgument('The body needs "export_directory" and "export_name".');
    const { export_directory: directory, export_name: name } = wanted.data;
    const inProject = service
      .databases()
      .filter((database) => parseDatabaseName(database.name).project === request.params['project']);
    await exportDatabases(inProject, path.resolve(directory, name));
    return { body: {} };
  };
  /** firebase-tools wants to hear of the issues, and sends `ignore_errors`; test suites want an error. */
  const loadRules = (request: HttpRequest): HttpReply => {
    const wanted = rulesRequest.safeParse(jsonOf(request));
    if (!wanted.success)
      throw invalidArgument('The body needs "rules.files" with one file and its "content".');
    const { ignore_errors: ignoresErrors, rules } = wanted.data;
    const { name, content } = rules.files[0];
    const issues = service.rules.load(request.params['project']!, { name, content }, ignoresErrors);
    if (issues.length > 0 && !ignoresErrors) {
      throw invalidArgument(`Error compiling rules:\n${issues.map(formatIssue).join('\n')}`);
    }
    return { body: { issues } };
  };
  const showRules = ({ params }: HttpRequest): HttpReply => {
    const loaded = service.rules.of(params['project']!);
    return { body: loaded ? { rules: { files: [loaded.file] }, issues: loaded.issues } : {} };
  };
  return [
    { method: 'GET', path: '/', handle: () => ({ headers: { 'content-type': 'text/plain' }, body: 'Ok\n' }) },
    {
      method: 'DELETE',
      path: '/emulator/v1/projects/{project}/databases/{database}/documents',
      handle: clear,
    },
    ...['POST', 'PUT'].flatMap((method): Route[] => [
      { method, path: '/emulator/v1/projects/{project}/eventarcTrigger', handle: registerEventarc },
      { method, path: '/emulator/v1/projects/{project}/triggers/{key}', handle: registerV1 },
    ]),
    { method: 'POST', path: '/emulator/v1/projects/{project}:export', handle: exportProject },
    { method: 'PUT', path: '/emulator/v1/projects/{project}:securityRules', handle: loadRules },
    { method: 'GET', path: '/emulator/v1/projects/{project}:securityRules', handle: showRules },
  ];
}

/** firebase-tools does not always say that its bodies are JSON. */
function jsonOf({ body }: HttpRequest): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new StatusError('INVALID_ARGUMENT', 'The body is not JSON.', { cause: error });
  }
}
