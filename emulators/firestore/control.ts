// The endpoints under /emulator/v1 that firebase-tools and test suites use. They need no authorization.
import path from 'node:path';
import { z } from 'zod';
import type { HttpReply, HttpRequest, Route } from '../shared/http.ts';
import { invalidArgument, StatusError } from '../shared/status.ts';
import { exportDatabases } from './export/export-databases.ts';
import { parseDatabaseName } from './names.ts';
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
    // Rules are accepted so that tools which send them can start, but they are not evaluated.
    {
      method: 'PUT',
      path: '/emulator/v1/projects/{project}:securityRules',
      handle: () => ({ body: { issues: [] } }),
    },
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
